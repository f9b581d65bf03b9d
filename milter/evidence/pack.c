/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a pack, their sums, and the signature. */
#include "evidence/pack.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "evidence/pem.h"

struct buf *pack_add(struct pack *pack, const char *name, const char *what)
{
	struct pack_file *files = realloc(pack->files, (pack->count + 1) * sizeof(*files));
	struct pack_file file = {.name = strdup(name), .what = what};

	if (files != NULL)
		pack->files = files;
	if (files == NULL || file.name == NULL) {
		free(file.name);
		return NULL;
	}
	files[pack->count] = file;
	return &files[pack->count++].content;
}

void pack_free(struct pack *pack)
{
	for (size_t i = 0; i < pack->count; i++) {
		free(pack->files[i].name);
		buf_free(&pack->files[i].content);
	}
	free(pack->files);
	*pack = (struct pack){0};
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct pack_file *)a)->name, ((const struct pack_file *)b)->name);
}

static json_t *files_json(const struct pack *pack)
{
	json_t *list = json_array();

	for (size_t i = 0; i < pack->count; i++) {
		const struct pack_file *file = &pack->files[i];
		char digest[HASH_HEX_SIZE];
		json_t *object = json_object();

		hash_hex(digest, buf_slice(&file->content));
		json_put_str(object, "name", file->name);
		json_put_str(object, "what", file->what);
		json_put_int(object, "size", (json_int_t)file->content.len);
		json_put_str(object, "sha256", digest);
		json_array_append_new(list, object);
	}
	return list;
}

static int add_manifest(struct pack *pack, json_t *about)
{
	struct buf *out;
	int rc;

	qsort(pack->files, pack->count, sizeof(*pack->files), compare_files);
	json_put_new(about, "files", files_json(pack));
	out = pack_add(pack, PACK_MANIFEST, "this list");
	rc = out != NULL ? json_write_indented(out, about) : -1;
	return rc;
}

static int add_sums(struct pack *pack)
{
	struct buf sums = {0}, *out;

	qsort(pack->files, pack->count, sizeof(*pack->files), compare_files);
	buf_add_str(&sums, PACK_PURPOSE);
	for (size_t i = 0; i < pack->count; i++) {
		char digest[HASH_HEX_SIZE];

		hash_hex(digest, buf_slice(&pack->files[i].content));
		buf_printf(&sums, "%s  %s\n", digest, pack->files[i].name);
	}
	out = pack_add(pack, PACK_SUMS, "");
	if (out != NULL)
		buf_add_slice(out, buf_slice(&sums));
	buf_free(&sums);
	return out != NULL && !out->failed ? 0 : -1;
}

static int add_signature(struct pack *pack, const struct sign_key *key, struct diag *d)
{
	const struct buf *sums = &pack->files[pack->count - 1].content;
	char hex[SIGN_HEX];
	struct buf *out;

	if (sign_make(key, buf_slice(sums), hex, d) == -1)
		return -1;
	out = pack_add(pack, PACK_SIGNATURE, "");
	if (out == NULL || pem_signature_write(out, hex) == -1)
		return diag_add(d, "out of memory");
	return 0;
}

int pack_seal(struct pack *pack, json_t *about, const struct sign_key *key, struct diag *d)
{
	char public[SIGN_KEY_HEX];
	struct buf *out;
	int rc = 0;

	if (key != NULL) {
		sign_key_public(key, public);
		json_put_str(about, "public_key", public);
		out = pack_add(pack, PACK_KEY, "the key that " PACK_SIGNATURE " was made with: compare it with one from elsewhere");
		rc = out != NULL ? pem_key_write(out, public) : -1;
	}
	for (size_t i = 0; i < pack->count; i++)
		if (pack->files[i].content.failed)
			rc = -1;
	if (rc == 0)
		rc = add_manifest(pack, about);
	json_decref(about);
	if (rc == -1 || add_sums(pack) == -1)
		return diag_add(d, "out of memory");
	return key != NULL ? add_signature(pack, key, d) : 0;
}
