/* SPDX-License-Identifier: BSD-2-Clause */
/* What records, headers and letters tell of people and numbers. */
#include "evidence/redact_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "evidence/internal.h"

/* Words of names that are no person's: these are left where they stand alone. */
static const char *const common[] = {"the", "and", "dear", "customer", "customers", "care", "support", "service",
	"services", "team", "seller", "sellers", "shop", "store", "help", "desk", "info", "sales", "contact", "office", "mail",
	"email", "order", "orders", "agent", "admin", "reply", "noreply", "notification", "notifications", "marketplace",
	"partner", "center", "centre", "hello", "friend", "sir", "madam", "all", "there", "everyone", "returns", "billing",
	"shipping", "warehouse", "thanks", "thank", "you", "best", "kind", "regards", "von", "van", "der", "den", "and", "von",
	"root", "postmaster", "mailer", "daemon", NULL};

static bool is_common(const char *word)
{
	for (size_t i = 0; common[i] != NULL; i++)
		if (strcmp(common[i], word) == 0)
			return true;
	return false;
}

static bool is_market(const struct redaction *redaction, const char *word)
{
	for (size_t i = 0; i < profiles_count(redaction->profiles); i++) {
		const struct marketplace *market = profiles_get(redaction->profiles, i);

		if (strcmp(word, marketplace_name(market)) == 0 || slice_case_eq_str(slice_str(word), marketplace_title(market)))
			return true;
	}
	return false;
}

void redaction_learn_phrase(struct redaction *redaction, const char *kind, struct slice text)
{
	struct buf small = {0};
	bool blank = false;

	text = slice_trim(text);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if ((unsigned char)c <= ' ') {
			blank = true;
			continue;
		}
		if (blank)
			buf_add_char(&small, ' ');
		blank = false;
		buf_add_char(&small, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
	}
	if (small.len >= 2 && utf8_valid(buf_slice(&small)) && json_object_get(redaction->phrases, small.data) == NULL)
		redaction->failed |= json_put_str(redaction->phrases, small.data, kind) == -1;
	redaction->failed |= small.failed;
	buf_free(&small);
}

static bool is_separator(char c)
{
	return c != '\0' && strchr(" \t\r\n.,;_-+/\"'()<>|&", c) != NULL;
}

static void learn_word(struct redaction *redaction, struct slice word)
{
	char small[64];
	bool digits = false;

	/* A character of Chinese has three bytes; of one nobody can tell whether it is a name. */
	if (word.len < 2 || word.len >= sizeof(small) || (word.len == 3 && (unsigned char)word.ptr[0] >= 0xE0))
		return;
	for (size_t i = 0; i < word.len; i++) {
		small[i] = (char)(word.ptr[i] >= 'A' && word.ptr[i] <= 'Z' ? word.ptr[i] + 32 : word.ptr[i]);
		digits |= word.ptr[i] >= '0' && word.ptr[i] <= '9';
	}
	small[word.len] = '\0';
	if (!digits && !is_common(small) && !is_market(redaction, small))
		redaction_learn_phrase(redaction, "name", word);
}

bool redaction_is_role(const struct redaction *redaction, struct slice name)
{
	char small[64];
	size_t n = 0;

	for (size_t i = 0; i <= name.len; i++) {
		char c = i < name.len ? name.ptr[i] : ' ';

		if (!is_separator(c) && n + 1 < sizeof(small)) {
			small[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
			continue;
		}
		small[n] = '\0';
		if (n > 0 && !is_common(small) && !is_market(redaction, small))
			return false;
		n = 0;
	}
	return true;
}

void redaction_learn_name(struct redaction *redaction, struct slice name)
{
	size_t start = 0;

	name = slice_trim(name);
	if (name.len == 0 || memchr(name.ptr, '@', name.len) != NULL || redaction_is_role(redaction, name))
		return;
	redaction_learn_phrase(redaction, "name", name);
	for (size_t i = 0; i <= name.len; i++)
		if (i == name.len || is_separator(name.ptr[i])) {
			learn_word(redaction, slice_sub(name, start, i - start));
			start = i + 1;
		}
}

/* With what groups it: exactly as it stands; and without, so that any grouping is the same number. */
void redaction_learn_number(struct redaction *redaction, const char *kind, struct slice number)
{
	struct buf plain = {0};

	if (number.len < 3)
		return;
	for (size_t i = 0; i < number.len; i++) {
		char c = number.ptr[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			buf_add_char(&plain, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
	}
	if (plain.len > 0 && json_object_get(redaction->numbers, plain.data) == NULL)
		redaction->failed |= json_put_str(redaction->numbers, plain.data, kind) == -1;
	redaction->failed |= plain.failed;
	buf_free(&plain);
	redaction_learn_phrase(redaction, kind, number);
}

/* Of an address at no marketplace: "anna.schmidt@" names a person, and the domain the firm. */
static void learn_address(struct redaction *redaction, struct slice address)
{
	const char *at = address.len > 0 ? memrchr(address.ptr, '@', address.len) : NULL;
	struct slice domain;

	if (at == NULL)
		return;
	domain = slice_sub(address, (size_t)(at - address.ptr) + 1, SIZE_MAX);
	while (domain.len > 0 && (domain.ptr[domain.len - 1] == '>' || domain.ptr[domain.len - 1] == ' '))
		domain.len--;
	if (redaction_domain_stays(redaction, domain))
		return;
	redaction_learn_phrase(redaction, "host", domain);
	redaction_learn_name(redaction, slice_sub(address, 0, (size_t)(at - address.ptr)));
}

/* ---- headers and letters ------------------------------------------------------------------- */

/* The names and addresses of a header that lists mailboxes. */
static void learn_mailboxes(struct redaction *redaction, struct slice value)
{
	while (value.len > 0) {
		const char *open = memchr(value.ptr, '<', value.len);
		const char *close = open != NULL ? memchr(open, '>', value.len - (size_t)(open - value.ptr)) : NULL;
		struct slice name = slice_trim(slice_sub(value, 0, open != NULL ? (size_t)(open - value.ptr) : 0));

		while (name.len > 0 && (name.ptr[0] == ',' || name.ptr[0] == '"' || name.ptr[0] == ' '))
			name = slice_sub(name, 1, SIZE_MAX);
		while (name.len > 0 && (name.ptr[name.len - 1] == '"' || name.ptr[name.len - 1] == ' '))
			name.len--;
		redaction_learn_name(redaction, name);
		if (close == NULL) {
			learn_address(redaction, slice_trim(value));
			return;
		}
		learn_address(redaction, (struct slice){open + 1, (size_t)(close - open) - 1});
		value = slice_sub(value, (size_t)(close - value.ptr) + 1, SIZE_MAX);
	}
}

/* Who is greeted, who signs, who says his name. */
static const char *const letters[] = {
	"^[ \\t>]*(?:dear|hello|hi|hey|hallo|guten tag|lieber?|sehr geehrter?(?: frau| herr)?|hola|estimad[oa]|bonjour|cher"
	"|ch\\x{E8}re|ciao|gentile)[ ,]+(?:mr\\.?|mrs\\.?|ms\\.?|frau|herr|se\\x{F1}ora?|madame|monsieur)? ?"
	"((?-i:\\p{Lu}[\\p{L}'-]+(?: \\p{Lu}[\\p{L}'-]+){0,3}))",
	"(?:my name is|this is|i am|i'm|mein name ist|ich hei\\x{DF}e|me llamo|je m'appelle) "
	"((?-i:\\p{Lu}[\\p{L}'-]+(?: \\p{Lu}[\\p{L}'-]+){0,2}))",
	"^[ \\t>]*(?:best regards|kind regards|warm regards|regards|best wishes|best|sincerely|yours sincerely|yours|cheers"
	"|thanks|thank you|many thanks|mit freundlichen gr\\x{FC}\\x{DF}en|freundliche gr\\x{FC}\\x{DF}e"
	"|viele gr\\x{FC}\\x{DF}e|liebe gr\\x{FC}\\x{DF}e|saludos|un saludo|atentamente|cordialement|cordiali saluti)"
	"[ ,.!]*[\\r\\n >]+((?-i:\\p{Lu}[\\p{L}'.-]+(?: \\p{Lu}[\\p{L}'.-]+){0,3}))[ ,.]*$",
	"(?:\\x{6211}\\x{53EB}|\\x{6211}\\x{662F}|\\x{5C0A}\\x{656C}\\x{7684}|\\x{4EB2}\\x{7231}\\x{7684})(\\p{Han}{2,4}?)"
	"(?:\\x{5148}\\x{751F}|\\x{5973}\\x{58EB}|\\x{5C0F}\\x{59D0}|[^\\p{Han}]|$)",
	NULL
};

static void learn_letter(struct redaction *redaction, struct slice text)
{
	for (size_t i = 0; letters[i] != NULL; i++) {
		struct pattern *pattern = pattern_compile(letters[i], PATTERN_NO_CASE | PATTERN_MULTILINE, &redaction->reason);
		struct pattern_match match;
		size_t at = 0;
		int rc = pattern != NULL ? 0 : -1;

		while (pattern != NULL && (rc = pattern_find(pattern, text, at, &match, &redaction->reason)) == 1) {
			redaction_learn_name(redaction, match.groups[1]);
			at = match.end > at ? match.end : at + 1;
		}
		redaction->failed |= rc == -1;
		pattern_free(&pattern);
	}
}

static void learn_message(struct redaction *redaction, const json_t *message)
{
	static const char *const lists[] = {"From", "To", "Cc", "Reply-To"};
	const json_t *header;
	size_t i;

	json_array_foreach(json_object_get(message, "headers"), i, header)
		for (size_t k = 0; k < sizeof(lists) / sizeof(*lists); k++)
			if (strcmp(lists[k], text_of(header, "header")) == 0)
				learn_mailboxes(redaction, slice_str(text_of(header, "value")));
	if (json_get_str(message, "whole_text") != NULL)
		learn_letter(redaction, slice_str(json_get_str(message, "whole_text")));
}

/* ---- records -------------------------------------------------------------------------------- */

static void learn_ids(struct redaction *redaction, const json_t *record)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(record, "ids"), i, item)
		redaction_learn_number(redaction, text_of(item, "kind"), slice_str(text_of(item, "value")));
	json_array_foreach(json_object_get(record, "milestones"), i, item)
		redaction_learn_number(redaction, "order", slice_str(text_of(item, "subject")));
	redaction_learn_number(redaction, "order", slice_str(text_of(record, "order")));
	redaction_learn_number(redaction, "case", slice_str(text_of(record, "case")));
}

static void learn_person(struct redaction *redaction, const char *text)
{
	if (strchr(text, '@') != NULL)
		learn_address(redaction, slice_str(text));
	else
		redaction_learn_name(redaction, slice_str(text));
}

static void learn_record(struct redaction *redaction, const json_t *record)
{
	static const char *const people[] = {"from_name", "from", "sender", "agent", "by", "customer", "account", "shop",
	    "hold_sender"};
	const json_t *item;
	size_t i;

	for (i = 0; i < sizeof(people) / sizeof(*people); i++)
		learn_person(redaction, text_of(record, people[i]));
	json_array_foreach(json_object_get(record, "recipients"), i, item)
		learn_person(redaction, json_is_string(item) ? json_string_value(item) : "");
	learn_ids(redaction, record);
}

static void learn_all(struct redaction *redaction, const json_t *list,
    void (*learn)(struct redaction *, const json_t *))
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		learn(redaction, item);
}

void redaction_learn(struct redaction *redaction, const json_t *model)
{
	const json_t *scope = json_object_get(model, "scope");

	/* Numbers first: what is both is a number. */
	redaction_learn_number(redaction, "order", slice_str(text_of(scope, "order")));
	learn_person(redaction, text_of(scope, "customer"));
	learn_all(redaction, json_object_get(model, "records"), learn_record);
	learn_all(redaction, json_object_get(model, "threads"), learn_record);
	learn_all(redaction, json_object_get(model, "messages"), learn_message);
}
