/* SPDX-License-Identifier: BSD-2-Clause */
/* What a pack is made of: tables, keys for openssl, sums and their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hash.h"
#include "evidence/files.h"
#include "evidence/pack.h"
#include "evidence/pem.h"

static void tables_quote_and_reckon_nothing(void **state)
{
	static const char *const columns[] = {"a", "b", "c", NULL};
	json_t *rows = json_pack("[{s:s, s:i, s:b}, {s:s, s:s}, {s:s}]", "a", "say \"x\", y", "b", 7, "c", 1, "a", "=1+1",
	    "c", "two\nlines", "b", "-5\x1B");
	struct buf out = {0};

	(void)state;
	csv_write(&out, rows, columns);
	assert_string_equal(out.data, "a,b,c\r\n\"say \"\"x\"\", y\",7,\"yes\"\r\n\"'=1+1\",,\"two\\x0Alines\"\r\n,\"'-5\\x1B\",\r\n");
	json_decref(rows);
	buf_free(&out);
}

static void keys_and_signatures_come_back(void **state)
{
	static const char key[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"; /* RFC 8032, 7.1 */
	char hex[SIGN_KEY_HEX], signature[SIGN_HEX], again[SIGN_HEX];
	struct buf pem = {0}, bytes = {0};

	(void)state;
	assert_int_equal(pem_key_write(&pem, key), 0);
	assert_string_equal(pem.data, "-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n");
	assert_int_equal(pem_key_read(buf_slice(&pem), hex), 0);
	assert_string_equal(hex, key);
	for (size_t i = 0; i < pem.len; i++) {
		assert_int_equal(pem_key_read(slice_sub(buf_slice(&pem), 0, i), hex), -1);
	}
	pem.data[30] ^= 1; /* in the prefix that says which kind of key it is */
	assert_int_equal(pem_key_read(buf_slice(&pem), hex), -1);
	memset(signature, 'a', sizeof(signature) - 1);
	signature[sizeof(signature) - 1] = '\0';
	assert_int_equal(pem_signature_write(&bytes, signature), 0);
	assert_int_equal(bytes.len, 64);
	assert_int_equal(pem_signature_read(buf_slice(&bytes), again), 0);
	assert_string_equal(again, signature);
	assert_int_equal(pem_signature_read(slice_sub(buf_slice(&bytes), 0, 63), again), -1);
	assert_int_equal(pem_key_write(&pem, "xyz"), -1);
	assert_int_equal(pem_signature_write(&bytes, "0"), -1);
	buf_free(&pem);
	buf_free(&bytes);
}

static void fill(struct pack *pack, const char *name, const char *content)
{
	struct buf *out = pack_add(pack, name, "x");

	assert_non_null(out);
	buf_add_str(out, content);
}

static const struct pack_file *find(const struct pack *pack, const char *name)
{
	for (size_t i = 0; i < pack->count; i++)
		if (strcmp(pack->files[i].name, name) == 0)
			return &pack->files[i];
	return NULL;
}

static void sums_list_every_file_once(void **state)
{
	struct pack one = {0}, two = {0};
	struct diag d = {0};

	(void)state;
	fill(&one, "b.txt", "b");
	fill(&one, "a/x.txt", "");
	fill(&two, "a/x.txt", "");
	fill(&two, "b.txt", "b");
	assert_int_equal(pack_seal(&one, json_object(), NULL, &d), 0);
	assert_int_equal(pack_seal(&two, json_object(), NULL, &d), 0);
	assert_null(find(&one, PACK_SIGNATURE));
	assert_string_equal(find(&one, PACK_SUMS)->content.data, find(&two, PACK_SUMS)->content.data);
	assert_memory_equal(find(&one, PACK_SUMS)->content.data, PACK_PURPOSE "e3b0c44298fc1c14", sizeof(PACK_PURPOSE "e3b0c44298fc1c14") - 1);
	assert_non_null(strstr(find(&one, PACK_SUMS)->content.data,
	    "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b.txt\n"));
	assert_non_null(strstr(find(&one, PACK_SUMS)->content.data, "  manifest.json\n"));
	pack_free(&one);
	pack_free(&two);
}

static void a_pack_is_written_whole_or_not_at_all(void **state)
{
	char dir[] = "/tmp/postern-evidence-XXXXXX", path[128], inside[160];
	struct pack pack = {0};
	struct diag d = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	fill(&pack, "a/x.txt", "x");
	snprintf(path, sizeof(path), "%s/new/", dir);
	assert_int_equal(pack_write(&pack, path, 1000000000, &d), 0);
	assert_int_equal(pack_write(&pack, path, 1000000000, &d), -1);
	assert_non_null(strstr(d.text, "not empty"));
	snprintf(path, sizeof(path), "%s/none/new", dir);
	assert_int_equal(pack_write(&pack, path, 1000000000, &d), -1);
	/* What was begun is gone. */
	fill(&pack, "a/x.txt", "twice the same name");
	snprintf(path, sizeof(path), "%s/other", dir);
	assert_int_equal(pack_write(&pack, path, 1000000000, &d), -1);
	assert_int_equal(access(path, F_OK), -1);
	pack_free(&pack);
	snprintf(inside, sizeof(inside), "%s/new/a/x.txt", dir);
	assert_int_equal(unlink(inside), 0);
	snprintf(inside, sizeof(inside), "%s/new/a", dir);
	assert_int_equal(rmdir(inside), 0);
	snprintf(inside, sizeof(inside), "%s/new", dir);
	assert_int_equal(rmdir(inside), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_quote_and_reckon_nothing),
		cmocka_unit_test(keys_and_signatures_come_back),
		cmocka_unit_test(sums_list_every_file_once),
		cmocka_unit_test(a_pack_is_written_whole_or_not_at_all),
	};

	return hash_init() == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
