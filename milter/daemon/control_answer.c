/* SPDX-License-Identifier: BSD-2-Clause */
/* What the control socket is asked for: who may, and who does it. */
#include "daemon/control_answer.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "daemon/archive.h"
#include "daemon/changes.h"
#include "daemon/control_request.h"
#include "daemon/desk.h"

#define REFUSAL_LOG_MS 1000

json_t *control_answer_error(const char *text)
{
	json_t *answer = json_object();

	json_put_bool(answer, "ok", false);
	json_put(answer, "error", slice_str(text));
	return answer;
}

static json_t *answer_ok(void)
{
	json_t *answer = json_object();

	json_put_bool(answer, "ok", true);
	return answer;
}

/* ---- who may ------------------------------------------------------------------ */

static bool has_right(struct service *service, uid_t uid, enum control_right right)
{
	struct site *site;
	bool has;

	if (right == CONTROL_RIGHT_LOOK || uid == 0 || uid == geteuid())
		return true;
	site = service_site(service);
	has = person_is_named(site->config->control_users, uid);
	if (!has && right == CONTROL_RIGHT_DESK)
		has = person_is_named(site->config->desk_users, uid) || person_is_named(site->config->desk_reviewers, uid);
	site_unref(&site);
	return has;
}

static void log_refusal(struct control_refusals *refusals, const struct control_peer *peer, enum control_verb verb)
{
	int64_t now = clock_monotonic_ms();

	if (refusals->logged_ms != 0 && now - refusals->logged_ms < REFUSAL_LOG_MS) {
		refusals->more++;
		return;
	}
	if (refusals->more > 0)
		log_warning("control socket: %u more commands were refused", refusals->more);
	log_warning("control socket: %s is not allowed to uid %u, process %d", control_verb_name(verb),
	    (unsigned)peer->person.uid, (int)peer->pid);
	*refusals = (struct control_refusals){.logged_ms = now};
}

/* ---- what is done -------------------------------------------------------------- */

static json_t *answer_reload(struct service *service, const struct person *person, const json_t *request)
{
	struct diag *d = calloc(1, sizeof(*d));
	json_t *answer, *restart = NULL, *who;
	unsigned number = 0;

	if (d == NULL)
		return control_answer_error("out of memory");
	who = changes_who_asks(person, request);
	if (service_reload(service, who, &number, &restart, d) == 0) {
		answer = answer_ok();
		json_put_new(answer, "restart_needed", restart);
	} else {
		answer = control_answer_error(d->text);
	}
	json_put_int(answer, "generation", number);
	json_decref(who);
	free(d);
	return answer;
}

static json_t *answer_stop(struct service *service, const struct person *person, const json_t *request)
{
	service_stop_asked(service, changes_who_asks(person, request));
	return answer_ok();
}

typedef int (*command_fn)(struct service *, const struct person *, const json_t *, json_t *, struct diag *);

static json_t *answer_command(struct service *service, const struct person *person, const json_t *request,
    command_fn run)
{
	json_t *answer = answer_ok();
	struct diag d = {0};

	if (run(service, person, request, answer, &d) == 0)
		return answer;
	json_decref(answer);
	return control_answer_error(d.text);
}

static json_t *answer_verb(struct service *service, const struct person *person, const struct control_request *request)
{
	switch (request->verb) {
	case CONTROL_STATUS:
		return service_status(service);
	case CONTROL_RELOAD:
		return answer_reload(service, person, request->object);
	case CONTROL_STOP:
		return answer_stop(service, person, request->object);
	case CONTROL_DESK:
		return answer_command(service, person, request->object, desk_command);
	case CONTROL_ARCHIVE:
		return answer_command(service, person, request->object, archive_command);
	default:
		return answer_ok();
	}
}

json_t *control_answer(struct service *service, const struct control_peer *peer, struct slice line,
    struct control_refusals *refusals, bool *stop_r)
{
	struct control_request request;
	struct diag d = {0};
	json_t *answer;

	*stop_r = false;
	if (control_request_read(line, &request, &d) != 0)
		return control_answer_error(d.text);
	if (has_right(service, peer->person.uid, request.right)) {
		answer = answer_verb(service, &peer->person, &request);
		*stop_r = request.verb == CONTROL_STOP;
	} else {
		log_refusal(refusals, peer, request.verb);
		answer = control_answer_error(request.right == CONTROL_RIGHT_DESK ?
		    "not allowed: be root, the daemon's user, or listed in milter.desk_users or milter.control_users" :
		    "not allowed: be root, the daemon's user, or listed in milter.control_users");
	}
	control_request_clear(&request);
	return answer;
}
