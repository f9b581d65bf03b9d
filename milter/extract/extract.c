/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attachments by way of postern-extract: decides by a file's bytes whether
 * there is anything to read, runs the program within limits, and checks every
 * record that comes back, because the program may have been taken over by the
 * file that it read.
 */
#include "extract/extract.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/text.h"
#include "extract/records.h"
#include "extract/run.h"
#include "extract/sniff.h"

#define MIB ((size_t)1 << 20)
/* Room for the lines that stand before the records. */
#define FRAMING_BYTES ((size_t)1 << 20)

struct extractor {
	const struct extract_config *config;
	pthread_mutex_t lock;
	pthread_cond_t less; /* one process less runs */
	size_t running;
};

struct extractor *extractor_new(const struct extract_config *config)
{
	struct extractor *e = calloc(1, sizeof(*e));
	pthread_condattr_t attr;

	if (e == NULL)
		return NULL;
	e->config = config;
	pthread_mutex_init(&e->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&e->less, &attr);
	pthread_condattr_destroy(&attr);
	return e;
}

void extractor_free(struct extractor **extractor)
{
	struct extractor *e = *extractor;

	if (e == NULL)
		return;
	pthread_cond_destroy(&e->less);
	pthread_mutex_destroy(&e->lock);
	free(e);
	*extractor = NULL;
}

/* ---- one more process --------------------------------------------------------- */

/* Waits for room; false when there is none until the deadline. */
static bool room_take(struct extractor *e, int64_t deadline_ms)
{
	const struct timespec until = {.tv_sec = deadline_ms / 1000, .tv_nsec = deadline_ms % 1000 * 1000000};
	bool room;

	pthread_mutex_lock(&e->lock);
	while (e->running >= e->config->max_processes)
		if (pthread_cond_timedwait(&e->less, &e->lock, &until) == ETIMEDOUT)
			break;
	room = e->running < e->config->max_processes;
	e->running += room;
	pthread_mutex_unlock(&e->lock);
	return room;
}

static void room_give(struct extractor *e)
{
	pthread_mutex_lock(&e->lock);
	e->running--;
	pthread_cond_signal(&e->less);
	pthread_mutex_unlock(&e->lock);
}

static enum run_end program_run(struct extractor *e, struct slice content, bool codes, int64_t deadline_ms,
    struct buf *output)
{
	const struct extract_config *c = e->config;
	char memory[24], unpacked[24], text[24], seconds[24];
	char *argv[] = {c->program, (char *)(uintptr_t)"-m", memory, (char *)(uintptr_t)"-u", unpacked,
	    (char *)(uintptr_t)"-o", text, (char *)(uintptr_t)"-t", seconds, codes ? (char *)(uintptr_t)"-q" : NULL, NULL};
	enum run_end end;

	snprintf(memory, sizeof(memory), "%zu", (c->memory_bytes + MIB - 1) / MIB);
	snprintf(unpacked, sizeof(unpacked), "%zu", (c->unpacked_bytes + MIB - 1) / MIB);
	snprintf(text, sizeof(text), "%zu", (c->text_bytes + MIB - 1) / MIB);
	snprintf(seconds, sizeof(seconds), "%lld", (long long)(c->timeout_ms / 1000 + 1));
	if (!room_take(e, deadline_ms))
		return RUN_TIMEOUT;
	end = run_program(argv, content, deadline_ms, output);
	room_give(e);
	return end;
}

/* ---- a file ---------------------------------------------------------------------- */

static const char *end_text(enum run_end end)
{
	switch (end) {
	case RUN_TIMEOUT: return "reading it took too long";
	case RUN_OUTPUT: return "there is more in it than the limits for attachments allow";
	case RUN_FAILED: return "the program that reads attachments failed";
	default: return NULL;
	}
}

static int file_run(struct extractor *e, struct arena *arena, struct slice content, bool codes, int64_t deadline_ms,
    struct file_content *out)
{
	/* for text, HTML and names each */
	struct buf output = {.max = e->config->text_bytes + FRAMING_BYTES};
	int64_t until = clock_monotonic_ms() + e->config->timeout_ms;
	enum run_end end;
	int rc;

	if (deadline_ms != 0 && deadline_ms < until)
		until = deadline_ms;
	end = program_run(e, content, codes, until, &output);
	rc = records_take(arena, buf_slice(&output), out);
	if (end_text(end) != NULL)
		out->unread = end_text(end);
	buf_free(&output);
	return rc;
}

static int extractor_read(void *arg, struct arena *arena, struct slice content, bool codes, int64_t deadline_ms,
    struct file_content *out)
{
	struct extractor *e = arg;
	struct sniff type = sniff_type(content.ptr != NULL ? content.ptr : "", content.len);

	*out = (struct file_content){.type = type.name};
	out->is_text = type.kind == SNIFF_TEXT;
	out->is_html = strcmp(type.name, "html") == 0 || strcmp(type.name, "svg") == 0;
	if (!e->config->enabled || type.kind == SNIFF_OTHER || type.kind == SNIFF_TEXT ||
	    (type.kind == SNIFF_IMAGE && !codes))
		return 0;
	return file_run(e, arena, content, codes, deadline_ms, out);
}

struct file_reader extractor_reader(struct extractor *extractor)
{
	return (struct file_reader){.arg = extractor, .read = extractor_read, .max_files = extractor->config->max_files};
}

int extract_probe(const struct extract_config *config, char *abilities_r, size_t size, struct diag *d)
{
	char *argv[] = {config->program, (char *)(uintptr_t)"-V", NULL};
	struct buf output = {.max = 1024};
	enum run_end end;

	abilities_r[0] = '\0';
	if (!config->enabled)
		return 0;
	if (access(config->program, X_OK) != 0)
		return diag_add(d, "extract: %s can't be run: %s; attachments with text will be held unread", config->program,
		    strerror(errno));
	end = run_program(argv, SLICE_LIT(""), clock_monotonic_ms() + config->timeout_ms, &output);
	if (end == RUN_DONE)
		text_sanitize(abilities_r, size, slice_trim(buf_slice(&output)), TEXT_FOR_LOG);
	buf_free(&output);
	return end == RUN_DONE ? 0 : diag_add(d, "extract: %s does not run: %s", config->program, end_text(end));
}
