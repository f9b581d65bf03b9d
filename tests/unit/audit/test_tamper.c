/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What somebody does to a signed log, each kind of it: found, and the first bad record named. The last tests
 * are an attacker who knows the format and makes the whole chain anew, but has not the key.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/chain.h"
#include "audit/checkpoint.h"
#include "audit/files.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/log.h"

#define EVENTS 60
#define EVERY 10
/* Small, so that the log has several files. */
#define ROTATE 4000
#define LINES_MAX 2048

/* ---- help ------------------------------------------------------------------ */

struct place {
	char dir[64];
	char log[80];
	struct sign_key *key;
	struct sign_keys keys;
	struct file_list files;
};

static struct sign_key *new_key(const struct place *p, const char *name)
{
	char path[128];
	struct diag d = {0};
	struct sign_key *key;

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	assert_int_equal(sign_key_make(path, &d), 0);
	key = sign_key_load(path, &d);
	assert_non_null(key);
	unlink(path);
	return key;
}

static void trust(struct place *p, const struct sign_key *key)
{
	char hex[SIGN_KEY_HEX];
	struct diag d = {0};

	sign_key_public(key, hex);
	assert_int_equal(sign_keys_add(&p->keys, hex, &d), 0);
}

static void write_events(const struct place *p, const struct sign_key *key, int count)
{
	struct audit_config config = {.dir = p->log, .rotate_bytes = ROTATE, .key = key, .checkpoint_events = EVERY,
	    .checkpoint_seconds = 3600};
	struct diag d = {0};
	struct audit *audit = audit_open(&config, NULL, NULL, &d);

	assert_non_null(audit);
	for (int i = 0; i < count; i++) {
		json_t *event = json_object();

		json_put_str(event, "event", "message");
		json_put_int(event, "number", i);
		json_put_str(event, "subject", "where is my order?");
		assert_int_equal(audit_append(audit, event, &d), 0);
		json_decref(event);
	}
	audit_close(&audit);
}

static void list_files(struct place *p)
{
	struct diag d = {0};

	file_list_free(&p->files);
	assert_int_equal(audit_file_list(p->log, &p->files, &d), 0);
}

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	snprintf(p->dir, sizeof(p->dir), "/tmp/postern-tamper-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->log, sizeof(p->log), "%s/log", p->dir);
	p->key = new_key(p, "key");
	trust(p, p->key);
	write_events(p, p->key, EVENTS);
	list_files(p);
	assert_true(p->files.count >= 4);
	*state = p;
	return 0;
}

static void empty_dir(const char *dir)
{
	DIR *handle = opendir(dir);
	const struct dirent *entry;

	while (handle != NULL && (entry = readdir(handle)) != NULL)
		unlinkat(dirfd(handle), entry->d_name, 0);
	if (handle != NULL)
		closedir(handle);
}

static int remove_place(void **state)
{
	struct place *p = *state;

	empty_dir(p->log);
	rmdir(p->log);
	empty_dir(p->dir);
	rmdir(p->dir);
	file_list_free(&p->files);
	sign_keys_free(&p->keys);
	sign_key_free(&p->key);
	free(p);
	return 0;
}

static struct audit_report verify_knowing(const struct place *p, const struct audit_known *known)
{
	struct audit_trust trust = {.keys = &p->keys, .known = known, .known_count = known != NULL};
	struct audit_report report;
	struct diag d = {0};

	if (audit_verify_trusting(p->log, &trust, &report, &d) != 0)
		fail_msg("%s", d.text);
	return report;
}

static void assert_whole(const struct place *p)
{
	struct audit_report report = verify_knowing(p, NULL);

	if (report.file != NULL)
		fail_msg("%s:%d: %s", report.file, report.line, report.reason);
	assert_true(report.trusted);
	assert_int_equal(report.signed_seq, report.last - 1);
	assert_int_equal(report.events, report.last);
	audit_report_free(&report);
}

/* Broken, for this reason, and at this record. */
static void assert_named(const struct audit_report *report, int64_t record, const char *why)
{
	assert_non_null(report->file);
	if (report->record != record || strstr(report->reason, why) == NULL)
		fail_msg("expected record %lld: %s, got %s:%d: record %lld: %s", (long long)record, why, report->file,
		    report->line, (long long)report->record, report->reason);
}

static void assert_broken(const struct place *p, int64_t record, const char *why)
{
	struct audit_report report = verify_knowing(p, NULL);

	assert_named(&report, record, why);
	audit_report_free(&report);
}

/* ---- lines ------------------------------------------------------------------- */

/* The log in memory: all its lines, and what goes wrong with them. */
struct lines {
	char *line[LINES_MAX]; /* with the line feed */
	int64_t first[LINES_MAX]; /* of the file that it stands in */
	size_t count;
};

static void lines_read(const struct place *p, struct lines *l)
{
	l->count = 0;
	for (size_t i = 0; i < p->files.count; i++) {
		struct buf text = {0};
		struct diag d = {0};
		char *rest;

		assert_int_equal(file_read(p->files.paths[i], 1 << 20, &text, &d), 0);
		rest = text.data;
		for (char *end; rest != NULL && (end = strchr(rest, '\n')) != NULL; rest = end + 1) {
			l->first[l->count] = audit_file_seq(p->files.paths[i]);
			l->line[l->count++] = strndup(rest, (size_t)(end - rest) + 1);
		}
		buf_free(&text);
	}
}

/* Back into the files they came from. */
static void lines_write(const struct place *p, struct lines *l)
{
	for (size_t i = 0; i < p->files.count; i++)
		unlink(p->files.paths[i]);
	for (size_t i = 0; i < l->count; i++) {
		char *path = audit_file_path(p->log, l->first[i]);
		FILE *file = fopen(path, "a");

		assert_non_null(file);
		fputs(l->line[i], file);
		fclose(file);
		free(path);
		free(l->line[i]);
	}
	l->count = 0;
}

static void lines_delete(struct lines *l, size_t at)
{
	free(l->line[at]);
	memmove(l->line + at, l->line + at + 1, (l->count - at - 1) * sizeof(*l->line));
	memmove(l->first + at, l->first + at + 1, (l->count - at - 1) * sizeof(*l->first));
	l->count--;
}

static void lines_insert(struct lines *l, size_t at, const char *line)
{
	memmove(l->line + at + 1, l->line + at, (l->count - at) * sizeof(*l->line));
	memmove(l->first + at + 1, l->first + at, (l->count - at) * sizeof(*l->first));
	l->line[at] = strdup(line);
	l->first[at] = l->first[at > 0 ? at - 1 : at + 1];
	l->count++;
}

static size_t next_checkpoint(const struct lines *l, size_t from)
{
	while (strstr(l->line[from], "\"event\":\"checkpoint\"") == NULL)
		from++;
	return from;
}

/* An attacker's work: number, prev and hash of each line from index on made anew, so that the chain is whole. */
static void rechain(struct lines *l, size_t from)
{
	struct chain_head head = {0};

	for (size_t i = 0; i < l->count; i++) {
		struct buf prepared = {0}, sealed = {0};
		struct chain_record record;
		struct diag d = {0};

		chain_parse((struct slice){l->line[i], strlen(l->line[i]) - 1}, &record);
		assert_non_null(record.event);
		if (i >= from) {
			assert_int_equal(chain_prepare(record.event, 0, &prepared, &d), 0);
			chain_seal(&sealed, buf_slice(&prepared), &head);
			free(l->line[i]);
			l->line[i] = strdup(sealed.data);
		} else {
			chain_advance(&head, &record);
		}
		chain_record_free(&record);
		buf_free(&prepared);
		buf_free(&sealed);
	}
}

/* ---- without effort ------------------------------------------------------------ */

static void an_untouched_log_is_whole(void **state)
{
	const struct place *p = *state;
	struct audit_report report = verify_knowing(p, NULL);

	assert_whole(p);
	/* "key", 60 events, a checkpoint after ten records each, one at the end */
	assert_in_range(report.checkpoints, EVENTS / EVERY, EVENTS / EVERY + 1);
	audit_report_free(&report);
}

/* One bit in each kind of place: of a plain record, of a checkpoint, of the first and the last. */
static void a_flipped_bit_is_found_wherever_it_is(void **state)
{
	struct place *p = *state;
	struct lines *l = calloc(1, sizeof(*l));
	size_t which[4], checkpoint, last;

	lines_read(p, l);
	checkpoint = next_checkpoint(l, 20);
	last = l->count - 1;
	which[0] = 0, which[1] = 17, which[2] = checkpoint, which[3] = last;
	lines_write(p, l);
	for (size_t w = 0; w < 4; w++) {
		size_t length;

		lines_read(p, l);
		length = strlen(l->line[which[w]]);
		lines_write(p, l);
		for (size_t at = 0; at < length; at++) {
			int64_t record = (int64_t)which[w] + 1;
			struct audit_report report;

			lines_read(p, l);
			l->line[which[w]][at] ^= 4;
			lines_write(p, l);
			report = verify_knowing(p, NULL);
			if (report.file == NULL || report.record != record)
				fail_msg("record %lld, byte %zu: %s, record %lld", (long long)record, at,
				    report.file != NULL ? report.reason : "not found", (long long)report.record);
			audit_report_free(&report);
			lines_read(p, l);
			/* A line feed that was changed joined two lines. */
			if (at == length - 1) {
				while (l->count > 0)
					free(l->line[--l->count]);
				break;
			}
			l->line[which[w]][at] ^= 4;
			lines_write(p, l);
		}
		remove_place(state);
		make_place(state);
		p = *state;
	}
	free(l);
}

static void a_deleted_record_is_named(void **state)
{
	struct place *p = *state;
	struct lines *l = calloc(1, sizeof(*l));

	lines_read(p, l);
	lines_delete(l, 24);
	lines_write(p, l);
	assert_broken(p, 25, "removed: records 25 to 25");
	free(l);
}

static void an_inserted_record_is_named(void **state)
{
	struct place *p = *state;
	struct lines *l = calloc(1, sizeof(*l));

	lines_read(p, l);
	lines_insert(l, 30, "{\"seq\":31,\"event\":\"message\"}\n");
	lines_write(p, l);
	assert_broken(p, 31, "edited");
	lines_read(p, l);
	lines_delete(l, 30);
	lines_insert(l, 30, l->line[3]);
	lines_write(p, l);
	assert_broken(p, 4, "repeated");
	free(l);
}

static void reordered_records_are_named(void **state)
{
	struct place *p = *state;
	struct lines *l = calloc(1, sizeof(*l));
	char *swap;

	lines_read(p, l);
	swap = l->line[40];
	l->line[40] = l->line[41];
	l->line[41] = swap;
	lines_write(p, l);
	assert_broken(p, 41, "reordered: record 42 stands before record 41");
	free(l);
}

static void a_file_that_is_gone_is_named(void **state)
{
	struct place *p = *state;
	int64_t second = audit_file_seq(p->files.paths[1]), third = audit_file_seq(p->files.paths[2]);
	char away[128], why[64];

	snprintf(away, sizeof(away), "%s/away", p->dir);
	assert_int_equal(rename(p->files.paths[0], away), 0);
	snprintf(why, sizeof(why), "removed: records 1 to %lld", (long long)second - 1);
	assert_broken(p, 1, why);
	assert_int_equal(rename(away, p->files.paths[0]), 0);

	assert_int_equal(rename(p->files.paths[1], away), 0);
	snprintf(why, sizeof(why), "removed: records %lld to %lld", (long long)second, (long long)third - 1);
	assert_broken(p, second, why);
	assert_int_equal(rename(away, p->files.paths[1]), 0);
	assert_whole(p);
}

/* Nothing in the files tells that there was more; a checkpoint kept elsewhere does. */
static void a_last_file_that_is_gone_is_seen_from_outside(void **state)
{
	struct place *p = *state;
	int64_t last = audit_file_seq(p->files.paths[p->files.count - 1]);
	struct audit_known known = {.what = "the safe"};
	struct audit_report report;
	struct checkpoint kept;
	struct diag d = {0};

	assert_int_equal(checkpoint_last(p->log, &kept, &d), 1);
	assert_true(checkpoint_is_signed(&kept));
	known.seq = kept.head_seq;
	known.hash = kept.head;
	report = verify_knowing(p, &known);
	assert_null(report.file);

	unlink(p->files.paths[p->files.count - 1]);
	report = verify_knowing(p, &known);
	assert_named(&report, last, "cut off: the log ends with record");
	assert_non_null(strstr(report.reason, "the safe"));
	audit_report_free(&report);
	known.seq = 0;
	report = verify_knowing(p, &known);
	assert_named(&report, last, "cut off or replaced");
	audit_report_free(&report);
}

static void a_cut_record_is_named(void **state)
{
	struct place *p = *state;
	const char *middle = p->files.paths[1], *last = p->files.paths[p->files.count - 1];
	struct audit_report whole = verify_knowing(p, NULL);
	struct buf text = {0};
	struct diag d = {0};

	assert_int_equal(file_read(last, 1 << 20, &text, &d), 0);
	assert_int_equal(truncate(last, (off_t)text.len - 20), 0);
	assert_broken(p, whole.last, "incomplete last line");
	buf_truncate(&text, 0);
	assert_int_equal(file_read(middle, 1 << 20, &text, &d), 0);
	assert_int_equal(truncate(middle, (off_t)text.len - 20), 0);
	assert_broken(p, audit_file_seq(p->files.paths[2]) - 1, "the file ends in the middle of a line");
	buf_free(&text);
}

/* ---- old files ------------------------------------------------------------------- */

static void copy_file(const char *from, const char *to)
{
	struct buf text = {0};
	struct diag d = {0};
	FILE *file;

	assert_int_equal(file_read(from, 1 << 20, &text, &d), 0);
	file = fopen(to, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
	fclose(file);
	buf_free(&text);
}

/* The last file as it was, before more was written to it and behind it. */
static void an_old_file_put_back_is_named(void **state)
{
	struct place *p = *state;
	const char *file = p->files.paths[p->files.count - 1];
	struct audit_report before = verify_knowing(p, NULL);
	char old[128];

	snprintf(old, sizeof(old), "%s/old", p->dir);
	copy_file(file, old);
	write_events(p, p->key, EVENTS);
	assert_whole(p);
	copy_file(old, file);
	assert_broken(p, before.last + 1, "removed");
}

static void an_old_log_put_back_is_seen_from_outside(void **state)
{
	struct place *p = *state;
	struct audit_report before = verify_knowing(p, NULL), report;
	struct audit_known known = {.what = "the safe"};
	struct lines *l = calloc(1, sizeof(*l));
	struct checkpoint kept;
	struct diag d = {0};

	lines_read(p, l);
	write_events(p, p->key, EVENTS);
	assert_int_equal(checkpoint_last(p->log, &kept, &d), 1);
	list_files(p);
	lines_write(p, l);
	assert_whole(p); /* as it was */
	known.seq = kept.head_seq;
	known.hash = kept.head;
	report = verify_knowing(p, &known);
	assert_named(&report, before.last + 1, "cut off");
	audit_report_free(&report);
	free(l);
}

/* ---- with effort, without the key ------------------------------------------------- */

static void replace_text(char **line, const char *was, const char *is)
{
	char *at = strstr(*line, was);

	assert_non_null(at);
	assert_int_equal(strlen(was), strlen(is));
	memcpy(at, is, strlen(is));
}

/* The chain is whole again; the first checkpoint behind the edit shows that somebody else made it. */
static void a_chain_made_anew_fails_at_its_first_checkpoint(void **state)
{
	struct place *p = *state;
	struct lines *l = calloc(1, sizeof(*l));
	struct audit_report report;
	struct diag d = {0};
	size_t checkpoint;

	lines_read(p, l);
	replace_text(&l->line[24], "where is my order?", "when was my order?");
	rechain(l, 24);
	checkpoint = next_checkpoint(l, 24);
	lines_write(p, l);
	assert_int_equal(audit_verify(p->log, 0, NULL, &report, &d), 0);
	assert_named(&report, (int64_t)checkpoint + 1, "swapped checkpoint"); /* without any key, too */
	audit_report_free(&report);
	assert_broken(p, (int64_t)checkpoint + 1, "swapped checkpoint");
	free(l);
}

/* He makes the checkpoints fit, but can't sign them. */
static void forge(struct lines *l, size_t from, const struct sign_key *key)
{
	for (size_t i = from; i < l->count; i++) {
		struct chain_record before, record;
		struct checkpoint c;
		struct diag d = {0};
		json_t *event;

		if (strstr(l->line[i], "\"event\":\"checkpoint\"") == NULL)
			continue;
		chain_parse((struct slice){l->line[i - 1], strlen(l->line[i - 1]) - 1}, &before);
		chain_parse((struct slice){l->line[i], strlen(l->line[i]) - 1}, &record);
		assert_int_equal(checkpoint_read(record.event, &c), 0);
		c.head_seq = before.seq;
		memcpy(c.head, before.hash, sizeof(c.head));
		if (key != NULL)
			assert_int_equal(checkpoint_sign(&c, key, &d), 0);
		event = checkpoint_event(&c);
		free(l->line[i]);
		l->line[i] = json_dumps(event, JSON_COMPACT);
		l->line[i] = realloc(l->line[i], strlen(l->line[i]) + 2);
		strcat(l->line[i], "\n");
		json_decref(event);
		chain_record_free(&before);
		chain_record_free(&record);
		rechain(l, i);
	}
}

static void a_checkpoint_without_the_key_is_forged(void **state)
{
	struct place *p = *state;
	struct lines *l = calloc(1, sizeof(*l));
	size_t checkpoint;

	lines_read(p, l);
	replace_text(&l->line[24], "where is my order?", "when was my order?");
	rechain(l, 24);
	forge(l, 24, NULL);
	checkpoint = next_checkpoint(l, 24);
	lines_write(p, l);
	assert_broken(p, (int64_t)checkpoint + 1, "forged checkpoint");
	free(l);
}

static void a_checkpoint_of_another_key_is_unknown(void **state)
{
	struct place *p = *state;
	struct sign_key *own = new_key(p, "attacker");
	struct lines *l = calloc(1, sizeof(*l));
	size_t checkpoint;

	lines_read(p, l);
	replace_text(&l->line[24], "where is my order?", "when was my order?");
	rechain(l, 24);
	forge(l, 24, own);
	checkpoint = next_checkpoint(l, 24);
	lines_write(p, l);
	assert_broken(p, (int64_t)checkpoint + 1, "unknown key");
	sign_key_free(&own);
	free(l);
}

static void an_old_checkpoint_in_a_new_place_is_swapped(void **state)
{
	struct place *p = *state;
	struct lines *l = calloc(1, sizeof(*l));
	size_t one, two;

	lines_read(p, l);
	one = next_checkpoint(l, 0);
	two = next_checkpoint(l, one + 1);
	free(l->line[two]);
	l->line[two] = strdup(l->line[one]);
	rechain(l, two);
	lines_write(p, l);
	assert_broken(p, (int64_t)two + 1, "swapped checkpoint");
	free(l);
}

/* All checkpoints away, from the edit on: what is left is a log that nobody signed for too long. */
static void a_chain_without_checkpoints_is_not_believed(void **state)
{
	struct place *p = *state;
	struct lines *l = calloc(1, sizeof(*l));
	int64_t last_good;

	write_events(p, p->key, 300);
	list_files(p);
	lines_read(p, l);
	for (size_t i = l->count; i-- > 0;)
		if (strstr(l->line[i], "\"event\":\"checkpoint\"") != NULL)
			lines_delete(l, i);
	rechain(l, 0);
	last_good = (int64_t)l->count;
	lines_write(p, l);
	assert_broken(p, last_good + 1, "no checkpoint in");
	free(l);
}

/* Everything behind a good checkpoint is replaced by count records, the last of which is of time. */
static void write_end(struct place *p, size_t count, const char *time)
{
	struct lines *l = calloc(1, sizeof(*l));
	char line[128];
	size_t from;

	list_files(p);
	lines_read(p, l);
	from = next_checkpoint(l, 30);
	while (l->count > from + 1)
		lines_delete(l, from + 1);
	for (size_t i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "{\"time\":\"%s\",\"id\":\"x\",\"event\":\"message\"}\n",
		    i + 1 == count ? time : "2020-01-01T00:00:00Z");
		l->line[l->count] = strdup(line);
		l->first[l->count++] = l->first[from];
	}
	rechain(l, from + 1);
	lines_write(p, l);
	free(l);
}

static void a_long_end_without_checkpoint_is_not_believed(void **state)
{
	struct place *p = *state;
	struct audit_report report;
	int64_t from;

	write_end(p, 5, "2020-01-01T00:00:00Z"); /* a few are never signed when a machine dies */
	report = verify_knowing(p, NULL);
	assert_null(report.file);
	from = report.signed_seq;
	assert_int_equal(report.last - from, 6);
	/* every + one group of the writer */
	write_end(p, 1100, "2020-01-01T00:00:00Z");
	report = verify_knowing(p, NULL);
	assert_named(&report, report.signed_seq + EVERY + 1024 + 2, "no checkpoint: one was due 10 records");
	assert_int_equal(report.signed_seq, from);
	audit_report_free(&report);
}

static void an_end_later_than_a_checkpoint_was_due_is_not_believed(void **state)
{
	struct place *p = *state;
	char later[CLOCK_TEXT_SIZE];
	struct audit_report report;

	clock_format(later, sizeof(later), clock_now(&clock_system) + 2 * 3600);
	write_end(p, 5, later);
	report = verify_knowing(p, NULL);
	assert_named(&report, report.signed_seq + 6, "no checkpoint: one was due 3600 s after");
	audit_report_free(&report);
}

/* Its line fits the chain, but is no JSON: only the key's owner could have signed such a thing. */
static void an_end_that_is_no_json_is_named(void **state)
{
	struct place *p = *state;
	struct chain_head head = {0};
	struct buf sealed = {0};
	struct audit_report whole = verify_knowing(p, NULL);
	FILE *file = fopen(p->files.paths[p->files.count - 1], "a");

	head.seq = whole.last;
	memcpy(head.hash, whole.head, sizeof(head.hash));
	chain_seal(&sealed, SLICE_LIT("\"time\":\"2020-01-01T00:00:00Z\",\"id\":\"x\",\"event\":\"m\",\"a\":[}"), &head);
	assert_non_null(file);
	fputs(sealed.data, file);
	fclose(file);
	buf_free(&sealed);
	assert_broken(p, whole.last + 1, "not a JSON object");
}

/* ---- keys -------------------------------------------------------------------------- */

static int count_keys(void *arg, const json_t *event)
{
	if (strcmp(json_get_str(event, "event"), "key") == 0)
		++*(int *)arg;
	return 0;
}

static void a_changed_key_shows_and_needs_both(void **state)
{
	struct place *p = *state;
	struct sign_key *next = new_key(p, "next");
	struct audit_report before = verify_knowing(p, NULL), report;
	struct diag d = {0};
	int keys = 0;

	write_events(p, next, EVENTS);
	assert_int_equal(audit_read(p->log, 1, count_keys, &keys, &d), 0);
	assert_int_equal(keys, 2);
	report = verify_knowing(p, NULL);
	assert_non_null(report.file);
	assert_non_null(strstr(report.reason, "unknown key"));
	assert_true(report.record > before.last + EVERY);
	audit_report_free(&report);
	trust(p, next);
	assert_whole(p);
	sign_key_free(&next);
}

static void a_log_that_is_gone_is_not_whole(void **state)
{
	struct place *p = *state;

	for (size_t i = 0; i < p->files.count; i++)
		unlink(p->files.paths[i]);
	assert_broken(p, 1, "there is no record");
}

/* An idle log is signed, too, and the writer does not wait for an event to do it. */
static void an_idle_log_gets_its_checkpoint(void **state)
{
	const struct place *p = *state;
	struct audit_config config = {.dir = p->log, .key = p->key, .checkpoint_events = 1000, .checkpoint_seconds = 1};
	struct diag d = {0};
	struct audit *audit = audit_open(&config, NULL, NULL, &d);
	int64_t before, head = 0, end = clock_monotonic_ms() + 30000;
	char hash[HASH_HEX_SIZE];

	assert_non_null(audit);
	audit_head(audit, &before, hash);
	while (head <= before && clock_monotonic_ms() < end) {
		usleep(20000);
		audit_head(audit, &head, hash);
	}
	assert_true(head > before);
	audit_close(&audit);
	assert_whole(p);
}

int main(void)
{
#define TAMPER_TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)
	const struct CMUnitTest tests[] = {
		TAMPER_TEST(an_untouched_log_is_whole),
		TAMPER_TEST(a_flipped_bit_is_found_wherever_it_is),
		TAMPER_TEST(a_deleted_record_is_named),
		TAMPER_TEST(an_inserted_record_is_named),
		TAMPER_TEST(reordered_records_are_named),
		TAMPER_TEST(a_file_that_is_gone_is_named),
		TAMPER_TEST(a_last_file_that_is_gone_is_seen_from_outside),
		TAMPER_TEST(a_cut_record_is_named),
		TAMPER_TEST(an_old_file_put_back_is_named),
		TAMPER_TEST(an_old_log_put_back_is_seen_from_outside),
		TAMPER_TEST(a_chain_made_anew_fails_at_its_first_checkpoint),
		TAMPER_TEST(a_checkpoint_without_the_key_is_forged),
		TAMPER_TEST(a_checkpoint_of_another_key_is_unknown),
		TAMPER_TEST(an_old_checkpoint_in_a_new_place_is_swapped),
		TAMPER_TEST(a_chain_without_checkpoints_is_not_believed),
		TAMPER_TEST(a_long_end_without_checkpoint_is_not_believed),
		TAMPER_TEST(an_end_later_than_a_checkpoint_was_due_is_not_believed),
		TAMPER_TEST(an_end_that_is_no_json_is_named),
		TAMPER_TEST(a_changed_key_shows_and_needs_both),
		TAMPER_TEST(a_log_that_is_gone_is_not_whole),
		TAMPER_TEST(an_idle_log_gets_its_checkpoint),
	};

	log_open("test_tamper", "stderr", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
