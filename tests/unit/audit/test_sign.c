/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and signatures: RFC 8032's own example, files that are refused, and that nothing is written over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/sign.h"

/* RFC 8032, 7.1, tests 1 and 2. */
#define SEED_1 "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUBLIC_1 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define SIGNED_1 \
	"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
#define PUBLIC_2 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
#define SIGNED_2 \
	"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"

static char dir[64], path[80], public_path[80];

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_sign.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/k", dir);
	snprintf(public_path, sizeof(public_path), "%s/k.pub", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	unlink(public_path);
	return rmdir(dir); /* also: nothing temporary stays */
}

static void put(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
	assert_int_equal(chmod(name, mode), 0);
}

static void refused(const char *what)
{
	struct diag d = {0};

	assert_null(sign_key_load(path, &d));
	if (strstr(d.text, what) == NULL)
		fail_msg("'%s' does not say '%s'", d.text, what);
	assert_non_null(strstr(d.text, path));
}

static void signs_as_the_standard_says(void **state)
{
	char public[SIGN_KEY_HEX], signature[SIGN_HEX];
	struct sign_key *key;
	struct diag d = {0};

	(void)state;
	put(path, SEED_1 "\n", 0600);
	key = sign_key_load(path, &d);
	assert_non_null(key);
	sign_key_public(key, public);
	assert_string_equal(public, PUBLIC_1);
	assert_int_equal(sign_make(key, SLICE_LIT(""), signature, &d), 0);
	assert_string_equal(signature, SIGNED_1);
	sign_key_free(&key);
	assert_null(key);
	assert_true(sign_check(PUBLIC_2, SLICE_LIT("\x72"), SIGNED_2));
}

static void a_wrong_signature_is_none(void **state)
{
	char changed[SIGN_HEX];

	(void)state;
	assert_true(sign_check(PUBLIC_1, SLICE_LIT(""), SIGNED_1));
	assert_false(sign_check(PUBLIC_1, SLICE_LIT("x"), SIGNED_1));
	assert_false(sign_check(PUBLIC_2, SLICE_LIT(""), SIGNED_1));
	assert_false(sign_check(PUBLIC_1, SLICE_LIT(""), SIGNED_2));
	for (size_t i = 0; i < sizeof(changed) - 1; i += 7) {
		strcpy(changed, SIGNED_1);
		changed[i] = changed[i] == '0' ? '1' : '0';
		assert_false(sign_check(PUBLIC_1, SLICE_LIT(""), changed));
	}
	assert_false(sign_check(PUBLIC_1, SLICE_LIT(""), ""));
	assert_false(sign_check("", SLICE_LIT(""), SIGNED_1));
	assert_false(sign_check(NULL, SLICE_LIT(""), SIGNED_1));
	assert_false(sign_check(PUBLIC_1, SLICE_LIT(""), NULL));
	assert_false(sign_check(PUBLIC_1, SLICE_LIT(""), SIGNED_1 "00"));
	assert_false(sign_check(PUBLIC_1 " ", SLICE_LIT(""), SIGNED_1));
}

static void a_new_key_is_private_and_stays(void **state)
{
	char first[SIGN_KEY_HEX], again[SIGN_KEY_HEX], signature[SIGN_HEX];
	struct diag d = {0};
	struct sign_key *key;
	struct stat st;

	(void)state;
	assert_int_equal(sign_key_make(path, &d), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	key = sign_key_load(path, &d);
	assert_non_null(key);
	sign_key_public(key, first);
	assert_int_equal(sign_make(key, SLICE_LIT("text"), signature, &d), 0);
	assert_true(sign_check(first, SLICE_LIT("text"), signature));
	sign_key_free(&key);

	assert_int_equal(sign_key_make(path, &d), -1);
	assert_non_null(strstr(d.text, "already"));
	key = sign_key_load(path, &d);
	sign_key_public(key, again);
	assert_string_equal(again, first);
	sign_key_free(&key);
	sign_key_free(&key);
}

static void bad_key_files_are_refused(void **state)
{
	(void)state;
	unlink(path);
	refused("No such file");
	put(path, SEED_1 "\n", 0640);
	refused("chmod 600");
	put(path, SEED_1 "\n", 0604);
	refused("chmod 600");
	put(path, "", 0600);
	refused("not a key");
	put(path, SEED_1 "\n" SEED_1 "\n", 0600);
	refused("not a key");
	put(path, "xyz" SEED_1, 0600);
	refused("not a key");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	refused("not a plain file");
	assert_int_equal(rmdir(path), 0);
}

static void a_secret_is_not_shown(void **state)
{
	struct diag d = {0};

	(void)state;
	put(path, SEED_1 "0\n", 0600);
	assert_null(sign_key_load(path, &d));
	assert_null(strstr(d.text, "9d61"));
}

static void public_keys_come_as_hex_or_files(void **state)
{
	struct sign_keys keys = {0};
	struct diag d = {0};

	(void)state;
	assert_false(sign_keys_have(&keys, PUBLIC_1));
	assert_int_equal(sign_keys_add(&keys, PUBLIC_1, &d), 0);
	assert_true(sign_keys_have(&keys, PUBLIC_1));
	assert_false(sign_keys_have(&keys, PUBLIC_2));
	assert_false(sign_keys_have(&keys, NULL));
	put(public_path, "# old\n" PUBLIC_1 " # since 2026\n\n  " PUBLIC_2, 0644);
	assert_int_equal(sign_keys_add(&keys, public_path, &d), 0);
	assert_int_equal(keys.count, 3);
	assert_true(sign_keys_have(&keys, PUBLIC_2));

	put(public_path, "# nothing\n", 0644);
	assert_int_equal(sign_keys_add(&keys, public_path, &d), -1);
	assert_non_null(strstr(d.text, "no public key"));
	diag_clear(&d);
	put(public_path, PUBLIC_1 "\nabc\n", 0644);
	assert_int_equal(sign_keys_add(&keys, public_path, &d), -1);
	assert_non_null(strstr(d.text, ":2: 'abc' is not a public key"));
	diag_clear(&d);
	assert_int_equal(sign_keys_add(&keys, "/nowhere/k.pub", &d), -1);
	sign_keys_free(&keys);
	assert_int_equal(keys.count, 0);
}

static void public_keys_are_noted_once(void **state)
{
	struct sign_keys keys = {0};
	struct diag d = {0};

	(void)state;
	unlink(public_path);
	assert_int_equal(sign_public_note(public_path, PUBLIC_1, "2026-11-22", &d), 1);
	assert_int_equal(sign_public_note(public_path, PUBLIC_1, "2026-11-23", &d), 0);
	assert_int_equal(sign_public_note(public_path, PUBLIC_2, "2026-11-24", &d), 1);
	assert_int_equal(sign_keys_add(&keys, public_path, &d), 0);
	assert_int_equal(keys.count, 2);
	assert_string_equal(keys.keys[1], PUBLIC_2);
	sign_keys_free(&keys);
	put(public_path, "nonsense", 0644);
	assert_int_equal(sign_public_note(public_path, PUBLIC_1, "2026-11-25", &d), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_as_the_standard_says),
		cmocka_unit_test(a_wrong_signature_is_none),
		cmocka_unit_test(bad_key_files_are_refused),
		cmocka_unit_test(a_new_key_is_private_and_stays),
		cmocka_unit_test(a_secret_is_not_shown),
		cmocka_unit_test(public_keys_come_as_hex_or_files),
		cmocka_unit_test(public_keys_are_noted_once),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
