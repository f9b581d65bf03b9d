/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCRE2 with its dangers handled once: bytes that are not UTF-8 match as
 * themselves instead of ending the search, and every limit is an error.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/pattern.h"

#include <pcre2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/pattern_ascii.h"

/*
 * PCRE2's default of 10 million lets a bad expression run for 0.1 s from each
 * start (measured on ^(a+)+$ and 200 KB); a hundredth of it is far above what
 * a sane rule needs on a message.
 */
#define MATCH_LIMIT 100000
#define DEPTH_LIMIT 5000
#define HEAP_LIMIT_KB 20000
/*
 * The limits count anew from each place where a match may begin, so in a long text they bound nothing: a
 * text that stays just below them costs minutes. With a deadline the places are tried in windows of so many
 * bytes, and the clock is looked at between them.
 */
#define WINDOW ((size_t)4096)
/* Places that a search keeps: those of the match and of its first group. */
#define SEARCH_PAIRS 2
/* No answer of PCRE2's. */
#define LATE (-10000)

/* What is made of an expression: for any text, and for those of ASCII, which takes half as much code. */
enum form {
	FORM_ANY,
	FORM_ASCII,
	FORMS
};

struct pattern {
	/* What each search reads stands together. */
	pcre2_code *codes[FORMS]; /* the second is NULL until it is ready, and where there is none */
	atomic_bool ready[FORMS]; /* JIT has had its turn */
	uint32_t options; /* of the form for any text */
	char *text;
	pcre2_match_context *context;
	pthread_mutex_t lock;
};

static void set_limits(pcre2_match_context *context)
{
	pcre2_set_match_limit(context, MATCH_LIMIT);
	pcre2_set_depth_limit(context, DEPTH_LIMIT);
	pcre2_set_heap_limit(context, HEAP_LIMIT_KB);
}

struct pattern_search {
	pcre2_match_data *data;
	pcre2_match_context *context;
	int pairs; /* that the last match set */
};

struct pattern *pattern_compile(const char *expression, unsigned flags, struct diag *d)
{
	uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C |
	    PCRE2_USE_OFFSET_LIMIT;
	struct pattern *pattern = calloc(1, sizeof(*pattern));
	PCRE2_UCHAR reason[256];
	PCRE2_SIZE place;
	int error;

	if (flags & PATTERN_NO_CASE)
		options |= PCRE2_CASELESS;
	if (flags & PATTERN_MULTILINE)
		options |= PCRE2_MULTILINE;
	if (pattern != NULL)
		pthread_mutex_init(&pattern->lock, NULL);
	if (pattern == NULL || (pattern->text = strdup(expression)) == NULL ||
	    (pattern->context = pcre2_match_context_create(NULL)) == NULL) {
		diag_add(d, "out of memory");
		pattern_free(&pattern);
		return NULL;
	}
	pattern->options = options;
	pattern->codes[FORM_ANY] = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
	    options, &error, &place, NULL);
	if (pattern->codes[FORM_ANY] == NULL) {
		pcre2_get_error_message(error, reason, sizeof(reason));
		diag_add(d, "expression '%s': %s at character %zu", expression,
		    (const char *)reason, (size_t)place + 1);
		pattern_free(&pattern);
		return NULL;
	}
	set_limits(pattern->context);
	return pattern;
}

void pattern_free(struct pattern **pattern)
{
	if (*pattern == NULL)
		return;
	for (size_t i = 0; i < FORMS; i++)
		pcre2_code_free((*pattern)->codes[i]);
	pcre2_match_context_free((*pattern)->context);
	pthread_mutex_destroy(&(*pattern)->lock);
	free((*pattern)->text);
	free(*pattern);
	*pattern = NULL;
}

const char *pattern_text(const struct pattern *pattern)
{
	return pattern->text;
}

static void fill_match(struct pattern_match *match, struct slice text,
    pcre2_match_data *data, int groups)
{
	const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(data);

	*match = (struct pattern_match){.start = ovector[0], .end = ovector[1]};
	for (int i = 0; i < groups && i < PATTERN_GROUPS; i++)
		if (ovector[2 * i] != PCRE2_UNSET)
			match->groups[i] = (struct slice){text.ptr + ovector[2 * i],
			    ovector[2 * i + 1] - ovector[2 * i]};
}

/* The end of the window that begins at offset; never inside a character. */
static size_t window_end(struct slice text, size_t offset)
{
	size_t end = offset + WINDOW;

	while (end < text.len && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
		end++;
	return end < text.len ? end : text.len;
}

/* Matches that begin in the window: PCRE2's answer. */
static int find_in_window(const struct pattern *pattern, const pcre2_code *code, struct slice text, size_t offset,
    size_t end, pcre2_match_data *data)
{
	/* A limit belongs to a context, and the pattern's own is shared by threads. */
	pcre2_match_context *context = pcre2_match_context_copy(pattern->context);
	int rc;

	if (context == NULL)
		return PCRE2_ERROR_NOMEMORY;
	pcre2_set_offset_limit(context, end - 1);
	rc = pcre2_match(code, (PCRE2_SPTR)text.ptr, text.len, offset, 0, data, context);
	pcre2_match_context_free(context);
	return rc;
}

/* PCRE2's answer, or LATE. */
static int find_in_windows(const struct pattern *pattern, const pcre2_code *code, struct slice text, size_t offset,
    int64_t deadline, pcre2_match_data *data)
{
	size_t end;
	int rc;

	do {
		end = deadline != 0 ? window_end(text, offset) : text.len;
		if (deadline != 0 && clock_monotonic_ms() >= deadline)
			return LATE;
		rc = end < text.len ? find_in_window(pattern, code, text, offset, end, data) :
		    pcre2_match(code, (PCRE2_SPTR)text.ptr, text.len, offset, 0, data, pattern->context);
		offset = end;
	} while (rc == PCRE2_ERROR_NOMATCH && end < text.len);
	return rc;
}

/* NULL: there is none, or memory is out; errors were told when it was compiled as it was written. */
static pcre2_code *compile_ascii(const struct pattern *pattern)
{
	const uint32_t beyond = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF;
	char *ascii = pattern_ascii_form(pattern->text);
	pcre2_code *code = NULL;
	PCRE2_SIZE place;
	int error;

	if (ascii != NULL)
		code = pcre2_compile((PCRE2_SPTR)ascii, PCRE2_ZERO_TERMINATED, pattern->options & ~beyond, &error, &place,
		    NULL);
	free(ascii);
	return code;
}

/* The form's code, or NULL. */
static const pcre2_code *ready_form(const struct pattern *pattern, enum form form)
{
	/* Made by calloc in pattern_compile, so it may be changed. */
	struct pattern *p = (struct pattern *)pattern;

	if (atomic_load_explicit(&p->ready[form], memory_order_acquire))
		return p->codes[form];
	pthread_mutex_lock(&p->lock);
	if (!atomic_load_explicit(&p->ready[form], memory_order_relaxed)) {
		if (form == FORM_ASCII)
			p->codes[form] = compile_ascii(p);
		if (p->codes[form] != NULL)
			pcre2_jit_compile(p->codes[form], PCRE2_JIT_COMPLETE);
		atomic_store_explicit(&p->ready[form], true, memory_order_release);
	}
	pthread_mutex_unlock(&p->lock);
	return p->codes[form];
}

/*
 * At the first search, because most of many expressions are never searched:
 * JIT takes ten times longer than the rest of compiling. Where it can't be had
 * the interpreter gives the same answers.
 */
static const pcre2_code *code_for(const struct pattern *pattern, bool ascii)
{
	const pcre2_code *code = ascii ? ready_form(pattern, FORM_ASCII) : NULL;

	return code != NULL ? code : ready_form(pattern, FORM_ANY);
}

/* PCRE2's as ours. */
static int answer(int rc, struct diag *d)
{
	PCRE2_UCHAR reason[256];

	if (rc >= 0)
		return 1;
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (rc == LATE)
		return diag_add(d, "pattern search took too long");
	pcre2_get_error_message(rc, reason, sizeof(reason));
	return diag_add(d, "pattern search failed: %s", (const char *)reason);
}

/* What the expression and the text decide by themselves; memory may be there the next time. */
static bool is_limit(int rc)
{
	return rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT || rc == PCRE2_ERROR_HEAPLIMIT ||
	    rc == PCRE2_ERROR_JIT_STACKLIMIT;
}

int pattern_find_until(const struct pattern *pattern, struct slice text, size_t offset, int64_t deadline,
    struct pattern_match *match_r, struct diag *d)
{
	/* Made anew for each search: libmilter's threads come and go. */
	pcre2_match_data *data = pcre2_match_data_create(PATTERN_GROUPS, NULL);
	int rc;

	if (data == NULL)
		return diag_add(d, "out of memory");
	if (text.ptr == NULL)
		text = SLICE_LIT("");
	rc = find_in_windows(pattern, code_for(pattern, slice_is_ascii(text)), text, offset, deadline, data);
	if (rc >= 0 && match_r != NULL)
		fill_match(match_r, text, data, rc == 0 ? PATTERN_GROUPS : rc);
	pcre2_match_data_free(data);
	return answer(rc, d);
}

struct pattern_search *pattern_search_new(void)
{
	struct pattern_search *search = calloc(1, sizeof(*search));

	if (search == NULL)
		return NULL;
	search->data = pcre2_match_data_create(SEARCH_PAIRS, NULL);
	search->context = pcre2_match_context_create(NULL);
	if (search->data == NULL || search->context == NULL) {
		pattern_search_free(&search);
		return NULL;
	}
	set_limits(search->context);
	return search;
}

void pattern_search_free(struct pattern_search **search)
{
	if (*search == NULL)
		return;
	pcre2_match_data_free((*search)->data);
	pcre2_match_context_free((*search)->context);
	free(*search);
	*search = NULL;
}

/* The form without UTF-8 has nothing that pcre2_match would have to look at before it calls what JIT made. */
static int match_code(struct pattern_search *search, const pcre2_code *code, struct slice text, size_t from, bool plain)
{
	int rc = PCRE2_ERROR_JIT_BADOPTION;

	if (plain)
		rc = pcre2_jit_match(code, (PCRE2_SPTR)text.ptr, text.len, from, 0, search->data, search->context);
	if (rc == PCRE2_ERROR_JIT_BADOPTION) /* JIT made nothing */
		rc = pcre2_match(code, (PCRE2_SPTR)text.ptr, text.len, from, 0, search->data, search->context);
	return rc;
}

int pattern_search(struct pattern_search *search, const struct pattern *pattern, const struct pattern_subject *subject,
    size_t from, size_t to, size_t *start_r, size_t *end_r, struct diag *d)
{
	const pcre2_code *code = code_for(pattern, subject->ascii);
	struct slice text = subject->text.ptr != NULL ? subject->text : SLICE_LIT("");
	const PCRE2_SIZE *places;
	int rc, ours;

	pcre2_set_offset_limit(search->context, to < text.len ? to : PCRE2_UNSET);
	rc = match_code(search, code, text, from, code != pattern->codes[FORM_ANY] && from <= text.len);
	if (rc >= 0) {
		places = pcre2_get_ovector_pointer(search->data);
		*start_r = places[0];
		*end_r = places[1];
		search->pairs = rc > 0 ? rc : SEARCH_PAIRS;
	}
	ours = answer(rc, d);
	return is_limit(rc) ? PATTERN_LIMIT : ours;
}

bool pattern_search_group(const struct pattern_search *search, size_t *start_r, size_t *end_r)
{
	const PCRE2_SIZE *places = pcre2_get_ovector_pointer(search->data);

	if (search->pairs < 2 || places[2] == PCRE2_UNSET)
		return false;
	*start_r = places[2];
	*end_r = places[3];
	return true;
}

int pattern_find(const struct pattern *pattern, struct slice text, size_t offset, struct pattern_match *match_r, struct diag *d)
{
	return pattern_find_until(pattern, text, offset, 0, match_r, d);
}

int pattern_test(const struct pattern *pattern, struct slice text, struct diag *d)
{
	return pattern_find(pattern, text, 0, NULL, d);
}
