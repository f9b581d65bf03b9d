/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log says which files there must be and which must not; the directory says which there are. Neither the store
 * nor a list of files stands between.
 */
#include "archive/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/files.h"
#include "audit/audit.h"
#include "store/event_archive.h"

#define ID_MAX 64

/* A message that has a file, or (id "") a tombstone: then seq is that of the last message that it means. */
struct mention {
	char digest[HASH_HEX_SIZE];
	char id[ID_MAX];
	int64_t seq;
};

struct verifying {
	const struct archive *archive;
	bool contents;
	archive_finding_fn fn;
	void *arg;
	struct archive_tally *tally;
	struct diag *d;
	struct mention *mentions;
	size_t count, size;
	char (*names)[ARCHIVE_NAME_SIZE]; /* of files that the log knows, under any key; sorted */
	size_t name_count, name_size;
};

const char *archive_fault_name(enum archive_fault fault)
{
	static const char *const names[ARCHIVE_FAULTS] = {
		[ARCHIVE_FAULT_MISSING] = "missing", [ARCHIVE_FAULT_DAMAGED] = "damaged",
		[ARCHIVE_FAULT_UNREADABLE] = "unreadable", [ARCHIVE_FAULT_LEFT_OVER] = "left over",
		[ARCHIVE_FAULT_STRANGER] = "stranger",
	};

	return names[fault];
}

/* ---- what the log says ------------------------------------------------------------------ */

static int add_mention(struct verifying *v, struct slice digest, struct slice id, int64_t seq)
{
	struct mention *m;

	if (v->count == v->size) {
		size_t size = v->size > 0 ? 2 * v->size : 1024;

		m = realloc(v->mentions, size * sizeof(*m));
		if (m == NULL)
			return diag_add(v->d, "out of memory");
		v->mentions = m;
		v->size = size;
	}
	m = &v->mentions[v->count++];
	snprintf(m->digest, sizeof(m->digest), "%.*s", SLICE_ARG(digest));
	snprintf(m->id, sizeof(m->id), "%.*s", SLICE_ARG(id));
	m->seq = seq;
	if (archive_is_digest(m->digest))
		return 0;
	return diag_add(v->d, "audit record %lld: '%s' is no digest", (long long)seq, m->digest);
}

static int note_event(void *arg, const json_t *event)
{
	struct verifying *v = arg;
	int64_t seq = json_get_int(event, "seq", 0);
	struct archive_event e;
	int rc = 0;

	archive_event_read(event, seq, &e);
	if (e.type == ARCHIVE_EVENT_KEPT)
		return add_mention(v, e.digest, slice_str(json_get_str(event, "id")), seq);
	if (e.type != ARCHIVE_EVENT_PURGE)
		return 0;
	for (size_t i = 0; i < json_array_size(e.digests) && rc == 0; i++)
		rc = add_mention(v, slice_str(json_string_value(json_array_get(e.digests, i))), SLICE_LIT(""), e.upto);
	return rc;
}

static int compare_mentions(const void *a, const void *b)
{
	const struct mention *x = a, *y = b;
	int order = strcmp(x->digest, y->digest);

	if (order != 0)
		return order;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* ---- each file of the log's -------------------------------------------------------------- */

static int tell(struct verifying *v, enum archive_fault fault, const char *digest, const char *id, const char *file,
    const char *reason)
{
	struct archive_finding finding = {fault, digest, id, file, reason};

	v->tally->faults[fault]++;
	return v->fn(v->arg, &finding);
}

static int tell_missing(struct verifying *v, const struct mention *m)
{
	char id[KEY_ID_HEX], reason[200] = "its file is gone, and no record says why";

	if (!archive_key_missing(v->archive, id))
		return tell(v, ARCHIVE_FAULT_MISSING, m->digest, m->id, NULL, reason);
	snprintf(reason, sizeof(reason), "its file is not found under the keys at hand; it may be sealed with the key %s",
	    id);
	return tell(v, ARCHIVE_FAULT_UNREADABLE, m->digest, m->id, NULL, reason);
}

static int check_content(struct verifying *v, const struct mention *m, const char *name)
{
	char found[HASH_HEX_SIZE], reason[200];
	struct diag why = {0};
	enum archive_soundness soundness = archive_read(v->archive, name, NULL, NULL, found, &why);

	if (soundness == ARCHIVE_DAMAGED)
		return tell(v, ARCHIVE_FAULT_DAMAGED, m->digest, m->id, name, why.text);
	if (soundness != ARCHIVE_SOUND)
		return tell(v, ARCHIVE_FAULT_UNREADABLE, m->digest, m->id, name, why.text);
	if (strcmp(found, m->digest) == 0)
		return 0;
	snprintf(reason, sizeof(reason), "its content has the SHA-256 %s", found);
	return tell(v, ARCHIVE_FAULT_DAMAGED, m->digest, m->id, name, reason);
}

static int check_needed(struct verifying *v, const struct mention *m)
{
	char name[ARCHIVE_NAME_SIZE];
	struct stat st;
	int rc = archive_name_find(v->archive, m->digest, name, &st, v->d);

	v->tally->files++;
	if (rc == 0)
		return tell_missing(v, m);
	return rc == -1 || !v->contents ? rc == -1 ? -1 : 0 : check_content(v, m, name);
}

static int check_purged(struct verifying *v, const struct mention *m)
{
	char name[ARCHIVE_NAME_SIZE];
	struct stat st;
	int rc = archive_name_find(v->archive, m->digest, name, &st, v->d);

	v->tally->purged++;
	if (rc != 1)
		return rc;
	return tell(v, ARCHIVE_FAULT_LEFT_OVER, m->digest, NULL, name,
	    "the log calls it purged; the next purge, or the next start of posternd, removes it");
}

static int note_names(struct verifying *v, const char *digest)
{
	size_t more = archive_name_count(v->archive);

	if (v->name_count + more > v->name_size) {
		size_t size = 2 * v->name_size + 1024 + more;
		char (*names)[ARCHIVE_NAME_SIZE] = realloc(v->names, size * sizeof(*names));

		if (names == NULL)
			return diag_add(v->d, "out of memory");
		v->names = names;
		v->name_size = size;
	}
	for (size_t i = 0; i < more; i++)
		archive_name_nth(v->archive, i, digest, v->names[v->name_count++]);
	return 0;
}

/* All that the log says of one digest; returns past its last mention. */
static size_t check_digest(struct verifying *v, size_t at, int *rc)
{
	const struct mention *first = &v->mentions[at], *newest = NULL;
	int64_t upto = -1;
	size_t end = at;

	for (; end < v->count && strcmp(v->mentions[end].digest, first->digest) == 0; end++) {
		const struct mention *m = &v->mentions[end];

		if (m->id[0] == '\0' && m->seq > upto)
			upto = m->seq;
		else if (m->id[0] != '\0')
			newest = m;
	}
	for (size_t i = at; i < end; i++)
		v->tally->messages += v->mentions[i].id[0] != '\0' && v->mentions[i].seq > upto;
	*rc = note_names(v, first->digest);
	if (*rc == 0)
		*rc = newest != NULL && newest->seq > upto ? check_needed(v, newest) : check_purged(v, first);
	return end;
}

/* ---- files that nobody needs ----------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int check_name(void *arg, const char *name)
{
	struct verifying *v = arg;

	if (v->name_count > 0 && bsearch(name, v->names, v->name_count, sizeof(*v->names), compare_names) != NULL)
		return 0;
	return tell(v, ARCHIVE_FAULT_STRANGER, NULL, NULL, name, "no record of the log has this file");
}

static int check_all(struct verifying *v)
{
	int rc = 0;

	if (v->count > 1)
		qsort(v->mentions, v->count, sizeof(*v->mentions), compare_mentions);
	for (size_t at = 0; at < v->count && rc == 0;)
		at = check_digest(v, at, &rc);
	if (rc != 0)
		return rc;
	if (v->name_count > 1)
		qsort(v->names, v->name_count, sizeof(*v->names), compare_names);
	return archive_each(v->archive, check_name, v, v->d);
}

int archive_verify(const struct archive *archive, const char *audit_dir, bool contents, archive_finding_fn fn,
    void *arg, struct archive_tally *tally_r, struct diag *d)
{
	struct verifying v = {.archive = archive, .contents = contents, .fn = fn, .arg = arg, .tally = tally_r, .d = d};
	int rc;

	*tally_r = (struct archive_tally){0};
	rc = audit_read(audit_dir, 1, note_event, &v, d);
	if (rc == 0)
		rc = check_all(&v);
	free(v.mentions);
	free(v.names);
	return rc;
}
