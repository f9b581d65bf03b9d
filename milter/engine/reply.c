/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SMTP reply: what a support agent reads when a message was not sent. In
 * ASCII, with '%' doubled and codes that fit each other, because MTAs replace
 * anything else by a default text, or worse, turn a refusal into a retry.
 */
#include "engine/reply.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/text.h"

#define EXCERPT_MAX 80
#define HOLD_MAX 200

struct reply {
	struct arena *arena;
	const char **lines;
	size_t count;
	bool failed;
};

/* Where to end a line of at most REPLY_LINE_MAX bytes: at a blank, never inside a doubled '%'. */
static size_t line_end(const char *text, size_t len)
{
	size_t end = REPLY_LINE_MAX, percents = 0;

	if (len <= REPLY_LINE_MAX)
		return len;
	for (size_t i = REPLY_LINE_MAX; i > REPLY_LINE_MAX / 2; i--)
		if (text[i] == ' ')
			return i;
	while (percents < end && text[end - 1 - percents] == '%')
		percents++;
	return end - percents % 2;
}

/* Adds text, which is harmless already, as one line or several. Past max lines nothing is added. */
static void add_clean(struct reply *r, const char *text, size_t max)
{
	size_t len = strlen(text);

	do {
		size_t n = line_end(text, len);
		char *line;

		if (r->count >= max)
			return;
		line = arena_memdup(r->arena, text, n);
		if (line == NULL) {
			r->failed = true;
			return;
		}
		r->lines[r->count++] = line;
		while (n < len && text[n] == ' ')
			n++;
		text += n;
		len -= n;
	} while (len > 0);
}

static void add_text(struct reply *r, struct slice text, size_t max)
{
	char clean[2048];

	text_sanitize(clean, sizeof(clean), text, TEXT_FOR_REPLY);
	add_clean(r, clean, max);
}

/* At most max characters of what stood in the message, blanks and line ends as one blank each. */
static void add_excerpt(struct buf *out, struct slice evidence)
{
	bool blank = false;
	size_t used = 0;

	for (size_t i = 0; i < evidence.len; i++) {
		unsigned char c = (unsigned char)evidence.ptr[i];

		if (c <= ' ') {
			blank = used > 0;
			continue;
		}
		/* Whole characters only: a cut one would be shown as two. */
		if (used >= EXCERPT_MAX && (c & 0xC0) != 0x80) {
			buf_add_str(out, "...");
			return;
		}
		if (blank)
			buf_add_char(out, ' ');
		buf_add_char(out, (char)c);
		used += 1 + blank;
		blank = false;
	}
}

/* "link to another site ('www.bestgadgets.shop') in the subject". */
static void add_what(struct buf *out, const struct finding *finding)
{
	const char *what = finding->what != NULL ? finding->what : "something that is not allowed";
	size_t len = strlen(what);

	/* The help is a sentence, here it is part of one. */
	buf_add(out, what, len > 0 && what[len - 1] == '.' ? len - 1 : len);
	if (finding->evidence.len > 0) {
		buf_add_str(out, " ('");
		add_excerpt(out, finding->evidence);
		buf_add_str(out, "')");
	}
	if (finding->where.len > 0 && !slice_eq_str(finding->where, "message") &&
	    !slice_eq_str(finding->where, "text") && !slice_eq_str(finding->where, "link")) {
		buf_add_str(out, " in the ");
		buf_add_slice(out, finding->where);
	}
	buf_add_char(out, '.');
}

static bool same_finding(const struct finding *a, const struct finding *b)
{
	return strcmp(a->rule_id, b->rule_id) == 0 && slice_eq(a->evidence, b->evidence) && slice_eq(a->where, b->where);
}

/* Whether a finding belongs into the reply, and was not told already (by the same rule for another marketplace). */
static bool is_told(const struct verdict *verdict, size_t index)
{
	const struct finding *finding = &verdict->findings[index];

	if (finding->monitored || finding->action < ACTION_HOLD)
		return false;
	for (size_t i = 0; i < index && i < REPLY_LINES_MAX; i++)
		if (!verdict->findings[i].monitored && verdict->findings[i].action >= ACTION_HOLD &&
		    same_finding(&verdict->findings[i], finding))
			return false;
	return true;
}

/* The finding that decided: the first of the strictest. */
static size_t leading(const struct verdict *verdict)
{
	size_t best = verdict->finding_count;

	for (size_t i = 0; i < verdict->finding_count; i++)
		if (is_told(verdict, i) && (best == verdict->finding_count ||
		    verdict->findings[i].action > verdict->findings[best].action))
			best = i;
	return best;
}

static void add_finding(struct reply *r, const struct finding *finding, const char *lead, size_t max)
{
	struct buf text = {.max = 2000};

	buf_printf(&text, "[%s] %s", finding->rule_id, lead);
	add_what(&text, finding);
	if (finding->policy != NULL)
		buf_printf(&text, " Policy: %s.", finding->policy);
	add_text(r, buf_slice(&text), max);
	buf_free(&text);
}

static const char *lead_text(const struct verdict *verdict)
{
	return verdict->would == ACTION_DEFER ? "Message not sent yet, it will be tried again: " : "Message not sent: ";
}

/* Advice once each: rules of one kind share theirs. */
static void add_advice(struct reply *r, const struct finding *finding, const struct finding **last, size_t max)
{
	if (finding->advice == NULL || finding->advice[0] == '\0' ||
	    (*last != NULL && (*last)->advice != NULL && strcmp((*last)->advice, finding->advice) == 0))
		return;
	add_text(r, slice_str(finding->advice), max);
	*last = finding;
}

static void add_findings(struct reply *r, const struct verdict *verdict)
{
	size_t lead = leading(verdict), left = 0;
	const size_t max = REPLY_LINES_MAX - 3; /* room for "and more", recipients and Ref */
	const struct finding *advised = NULL;

	if (lead == verdict->finding_count)
		return;
	add_finding(r, &verdict->findings[lead], lead_text(verdict), max);
	add_advice(r, &verdict->findings[lead], &advised, max);
	for (size_t i = 0; i < verdict->finding_count; i++) {
		if (i == lead || !is_told(verdict, i))
			continue;
		if (r->count + 2 > max) {
			left++;
			continue;
		}
		add_finding(r, &verdict->findings[i], "Also: ", max);
		add_advice(r, &verdict->findings[i], &advised, max);
	}
	if (left > 0) {
		char more[64];

		snprintf(more, sizeof(more), "... and %zu more", left);
		add_text(r, slice_str(more), REPLY_LINES_MAX);
	}
}

static void add_end(struct reply *r, const struct verdict_input *input)
{
	char text[160];

	if (input->recipients > 1) {
		snprintf(text, sizeof(text), "1 message to %zu recipients: the strictest rule applies to all.", input->recipients);
		add_text(r, slice_str(text), REPLY_LINES_MAX);
	}
	if (input->id != NULL && input->id[0] != '\0') {
		snprintf(text, sizeof(text), "Ref: %s", input->id);
		add_text(r, slice_str(text), REPLY_LINES_MAX);
	}
}

static bool by_error(const struct verdict *verdict)
{
	size_t lead = leading(verdict);

	return lead < verdict->finding_count && verdict->findings[lead].error;
}

static int render_hold(struct arena *arena, struct verdict *verdict)
{
	struct buf text = {.max = 1000};
	size_t lead = leading(verdict);
	char clean[HOLD_MAX];

	if (lead < verdict->finding_count) {
		buf_printf(&text, "%s%s: ", verdict->hold_party != NULL ? "instead of a refusal, " : "",
		    verdict->findings[lead].rule_id);
		add_what(&text, &verdict->findings[lead]);
	} else {
		buf_add_str(&text, "held by Postern");
	}
	text_sanitize(clean, sizeof(clean), buf_slice(&text), TEXT_FOR_HEADER);
	buf_free(&text);
	verdict->hold_reason = arena_strdup(arena, clean);
	return verdict->hold_reason != NULL ? 0 : -1;
}

int reply_render(struct arena *arena, const struct verdict_input *input, struct verdict *verdict)
{
	struct reply r = {.arena = arena};

	if (verdict->action == ACTION_HOLD)
		return render_hold(arena, verdict);
	if (verdict->action != ACTION_REJECT && verdict->action != ACTION_DEFER)
		return 0;
	r.lines = arena_array(arena, REPLY_LINES_MAX, sizeof(*r.lines));
	if (r.lines == NULL)
		return -1;
	add_findings(&r, verdict);
	if (r.count == 0)
		add_text(&r, slice_str(verdict->action == ACTION_DEFER ?
		    "Message not sent yet: it could not be checked and will be tried again." :
		    "Message not sent: it breaks a rule of this site."), REPLY_LINES_MAX);
	add_end(&r, input);
	verdict->code = verdict->action == ACTION_DEFER ? "451" : "550";
	verdict->enhanced = verdict->action == ACTION_REJECT ? "5.7.1" : by_error(verdict) ? "4.3.0" : "4.7.1";
	verdict->reply = r.lines;
	verdict->reply_count = r.count;
	return r.failed ? -1 : 0;
}
