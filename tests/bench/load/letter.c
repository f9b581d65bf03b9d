/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of a folder, made those of another customer each time by overwriting eight digits where they stand. */
#include "letter.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"

#define FILE_MAX ((size_t)64 << 20)
#define DIGITS 8
#define SHARES 1000

/* ---- the text: header fields and CRLF ------------------------------------------------------------ */

static int count_headers(struct letter *letter)
{
	const char *line = letter->text.data, *end = line + letter->text.len;
	struct letter_header *more;

	while (line < end && *line != '\n') {
		const char *stop = memchr(line, '\n', (size_t)(end - line)), *colon;

		while (stop != NULL && stop + 1 < end && (stop[1] == ' ' || stop[1] == '\t'))
			stop = memchr(stop + 1, '\n', (size_t)(end - stop - 1));
		if (stop == NULL || (colon = memchr(line, ':', (size_t)(stop - line))) == NULL)
			return -1;
		more = realloc(letter->headers, (letter->header_count + 1) * sizeof(*more));
		if (more == NULL)
			return -1;
		letter->headers = more;
		more[letter->header_count++] = (struct letter_header){
			{line, (size_t)(colon - line)}, {colon + 1, (size_t)(stop - colon - 1)}};
		line = stop + 1;
	}
	if (line >= end)
		return -1;
	letter->body = (struct slice){line + 1, (size_t)(end - line - 1)};
	return 0;
}

/* In header fields lines end as the MTA's queue has them, with LF; in the body, as on the wire. */
static int add_wire(struct buf *out, struct slice raw)
{
	bool in_body = false;

	for (size_t i = 0; i < raw.len; i++) {
		if (raw.ptr[i] == '\r' && i + 1 < raw.len && raw.ptr[i + 1] == '\n')
			continue;
		if (raw.ptr[i] == '\n' && in_body)
			buf_add_char(out, '\r');
		buf_add_char(out, raw.ptr[i]);
		in_body |= out->len >= 2 && raw.ptr[i] == '\n' && out->data[out->len - 2] == '\n';
	}
	return out->failed ? -1 : 0;
}

static int read_text(struct letter *letter, const char *path, struct diag *d)
{
	struct buf raw = {0};
	int rc = file_read(path, FILE_MAX, &raw, d);

	if (rc == 0 && (add_wire(&letter->text, buf_slice(&raw)) != 0 || count_headers(letter) != 0))
		rc = diag_add(d, "%s: no message: header fields, an empty line and a body are needed", path);
	buf_free(&raw);
	return rc;
}

/* ---- the envelope ----------------------------------------------------------------------------------- */

/* NUL ends the line of each key, so that views are C strings as well. */
static struct slice env_value(const struct letter *letter, const char *key)
{
	const char *at = letter->env.data, *end = at + letter->env.len;
	size_t size = strlen(key);

	for (; at < end; at += strlen(at) + 1)
		if (strncmp(at, key, size) == 0 && at[size] == '=')
			return slice_str(at + size + 1);
	return SLICE_NONE;
}

static unsigned read_expect(struct slice words)
{
	static const struct {
		const char *word;
		unsigned bit;
	} known[] = {{"pass", LETTER_PASS}, {"tag", LETTER_TAG}, {"hold", LETTER_HOLD}, {"reject", LETTER_REJECT}};
	unsigned bits = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (slice_find(words, slice_str(known[i].word)) >= 0)
			bits |= known[i].bit;
	return bits;
}

/* "from=a@b" becomes "from=<a@b>": brackets belong to what a milter is told. */
static void add_env_line(struct buf *out, struct slice line)
{
	bool address = slice_case_prefix(line, "from=") || slice_case_prefix(line, "to=");
	size_t key = address ? (size_t)slice_find(line, SLICE_LIT("=")) + 1 : line.len;

	buf_add_slice(out, slice_sub(line, 0, key));
	if (address) {
		buf_add_char(out, '<');
		buf_add_slice(out, slice_sub(line, key, line.len));
		buf_add_char(out, '>');
	}
	buf_add(out, "", 1);
}

static int read_env(struct letter *letter, const char *path, struct diag *d)
{
	struct buf raw = {0};
	struct slice rest, user;

	if (file_read(path, FILE_MAX, &raw, d) != 0)
		return -1;
	for (rest = buf_slice(&raw); rest.len > 0;) {
		long end = slice_find(rest, SLICE_LIT("\n"));
		size_t size = end < 0 ? rest.len : (size_t)end;

		add_env_line(&letter->env, slice_sub(rest, 0, size));
		rest = slice_sub(rest, size + 1, rest.len);
	}
	buf_free(&raw);
	letter->sender = env_value(letter, "from");
	letter->recipient = env_value(letter, "to");
	letter->outbound = slice_eq_str(env_value(letter, "direction"), "out");
	letter->expect = read_expect(env_value(letter, "expect"));
	user = env_value(letter, "user");
	letter->user = user.ptr != NULL ? user : SLICE_LIT("seller");
	if (letter->env.failed || letter->sender.ptr == NULL || letter->recipient.ptr == NULL)
		return diag_add(d, "%s: from= and to= are needed", path);
	return 0;
}

/* ---- the customer's number --------------------------------------------------------------------------- */

static int add_place(struct letter *letter, char *place)
{
	char **more = realloc(letter->places, (letter->place_count + 1) * sizeof(*more));

	if (more == NULL)
		return -1;
	letter->places = more;
	more[letter->place_count++] = place;
	return 0;
}

static int find_places(struct letter *letter, struct buf *in, struct slice word)
{
	size_t from = 0;
	long at;

	while ((at = slice_find(slice_sub(buf_slice(in), from, in->len), word)) >= 0) {
		from += (size_t)at + word.len;
		if (add_place(letter, in->data + from - DIGITS) != 0)
			return -1;
	}
	return 0;
}

static int find_own(struct letter *letter, const char *path, struct diag *d)
{
	struct slice rest, word;
	struct buf words = {0};
	int rc = 0;

	/* A copy: the line itself holds the words, too. */
	buf_add_slice(&words, env_value(letter, "own"));
	rest = slice_trim(buf_slice(&words));
	while (rest.len > 0 && rc == 0) {
		long end = slice_find(rest, SLICE_LIT(" "));

		word = slice_sub(rest, 0, end < 0 ? rest.len : (size_t)end);
		rest = slice_trim(slice_sub(rest, word.len, rest.len));
		if (word.len < DIGITS)
			rc = diag_add(d, "%s: own: '%.*s' has less than eight characters", path, SLICE_ARG(word));
		else if (find_places(letter, &letter->text, word) != 0 || find_places(letter, &letter->env, word) != 0)
			rc = diag_add(d, "out of memory");
	}
	buf_free(&words);
	return rc;
}

void letter_number(struct letter *letter, uint64_t number)
{
	char digits[DIGITS];

	for (int i = DIGITS; i-- > 0; number /= 10)
		digits[i] = (char)('0' + number % 10);
	for (size_t i = 0; i < letter->place_count; i++)
		memcpy(letter->places[i], digits, DIGITS);
}

/* ---- folders ---------------------------------------------------------------------------------------------- */

static void letter_free(struct letter *letter)
{
	free(letter->name);
	free(letter->headers);
	free(letter->places);
	buf_free(&letter->text);
	buf_free(&letter->env);
}

static int read_letter(struct letter *letter, const char *path, unsigned weight, struct diag *d)
{
	const char *name = strrchr(path, '/') + 1;
	struct buf env = {0};
	int rc;

	*letter = (struct letter){.name = strdup(name), .weight = weight};
	buf_printf(&env, "%.*s.env", (int)(strlen(path) - 4), path);
	if (letter->name == NULL || env.failed)
		rc = diag_add(d, "out of memory");
	else
		rc = read_text(letter, path, d) != 0 || read_env(letter, env.data, d) != 0 || find_own(letter, env.data, d) != 0;
	buf_free(&env);
	return rc != 0 ? -1 : 0;
}

static int add_files(struct letters *letters, const struct file_list *files, unsigned weight, struct diag *d)
{
	struct letter *more = realloc(letters->all, (letters->count + files->count) * sizeof(*more));

	if (more == NULL)
		return diag_add(d, "out of memory");
	letters->all = more;
	for (size_t i = 0; i < files->count; i++)
		if (read_letter(&letters->all[letters->count++], files->paths[i], weight * SHARES / (unsigned)files->count, d) != 0)
			return -1;
	return 0;
}

int letters_add(struct letters *letters, const char *folder, struct diag *d)
{
	const char *equals = strrchr(folder, '=');
	unsigned weight = equals != NULL ? (unsigned)strtoul(equals + 1, NULL, 10) : 100;
	struct file_list files = {0};
	char *path = equals != NULL ? strndup(folder, (size_t)(equals - folder)) : strdup(folder);
	int rc;

	if (path == NULL)
		return diag_add(d, "out of memory");
	rc = file_list_dir(path, ".eml", &files, d);
	if (rc == 0 && (files.count == 0 || weight == 0))
		rc = diag_add(d, "%s: no messages (NAME.eml), or a weight of 0", folder);
	else if (rc == 0)
		rc = add_files(letters, &files, weight, d);
	file_list_free(&files);
	free(path);
	return rc;
}

static int64_t weight_of(const struct letters *letters, bool outbound)
{
	int64_t sum = 0;

	for (size_t i = 0; i < letters->count; i++)
		if (letters->all[i].outbound == outbound)
			sum += letters->all[i].weight;
	return sum;
}

/* Out gains its weight each time, and pays that of both when it has its turn. */
bool letters_direction(struct letters *letters)
{
	int64_t out = weight_of(letters, true), in = weight_of(letters, false);
	bool outbound;

	letters->credit += out;
	outbound = in == 0 || 2 * letters->credit > out + in;
	if (outbound)
		letters->credit -= out + in;
	return outbound;
}

/* Each gains its weight, the richest has its turn and pays all weights. */
struct letter *letters_next(struct letters *letters, bool outbound)
{
	struct letter *best = NULL;

	for (size_t i = 0; i < letters->count; i++) {
		struct letter *letter = &letters->all[i];

		if (letter->outbound != outbound)
			continue;
		letter->credit += letter->weight;
		if (best == NULL || letter->credit > best->credit)
			best = letter;
	}
	if (best != NULL)
		best->credit -= weight_of(letters, outbound);
	return best;
}

void letters_free(struct letters *letters)
{
	for (size_t i = 0; i < letters->count; i++)
		letter_free(&letters->all[i]);
	free(letters->all);
	*letters = (struct letters){0};
}
