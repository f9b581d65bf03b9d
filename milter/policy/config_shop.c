/* SPDX-License-Identifier: BSD-2-Clause */
/* Shops: which of the seller's accounts at a marketplace an address belongs to. */
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "policy/config_check.h"

#define NAME_MAX_LENGTH 60

static const struct conf_name shop_names[] = {{"addresses", CONF_LIST | CONF_REQUIRED}, {NULL, 0}};

static int check_name(const struct conf_node *section, struct diag *d)
{
	size_t len = strlen(section->title);

	if (len > 0 && len <= NAME_MAX_LENGTH && strspn(section->title,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len)
		return 0;
	return diag_at(d, section->file, section->line,
	    "shop \"%.60s\": a shop's name has up to 60 letters, digits, '.', '_' and '-'", section->title);
}

/* An address in two shops would belong to whichever stands first. */
static void check_twice(const struct config *config, const struct config_shop *shop, struct diag *d)
{
	for (size_t i = 0; i < shop->addresses.count; i++)
		for (const struct config_shop *other = config->shops; other != shop; other++)
			for (size_t k = 0; k < other->addresses.count; k++)
				if (strcasecmp(shop->addresses.items[i].text, other->addresses.items[k].text) == 0)
					diag_at(d, shop->addresses.items[i].file, shop->addresses.items[i].line,
					    "addresses: '%.100s' belongs to shop \"%.60s\" already", shop->addresses.items[i].text,
					    other->name);
}

static void read_shop(struct arena *arena, const struct conf_node *section, struct config *config, struct diag *d)
{
	struct config_shop *shop = &config->shops[config->shop_count];

	if (conf_check(section, shop_names, d) == -1 || check_name(section, d) == -1)
		return;
	shop->name = section->title;
	if (parties_read(arena, conf_child(section, "addresses"), PARTY_ADDRESS | PARTY_DOMAIN, &shop->addresses, d) == -1)
		return;
	config->shop_count++;
	check_twice(config, shop, d);
}

void config_shops_read(struct arena *arena, const struct conf_node *root, struct config *config, struct diag *d)
{
	config->shops = arena_array(arena, root->child_count + 1, sizeof(*config->shops));
	if (config->shops == NULL) {
		diag_add(d, "memory is out");
		return;
	}
	for (const struct conf_node *node = root->children; node != NULL; node = node->next)
		if (node->section && strcmp(node->name, "shop") == 0 && node->title != NULL)
			read_shop(arena, node, config, d);
}

/* An exact address goes before a whole domain, whatever the order. */
static const struct config_shop *find(const struct config *config, struct slice address, enum party_kind kind, int64_t at)
{
	for (size_t i = 0; i < config->shop_count; i++) {
		const struct party *party = parties_address(&config->shops[i].addresses, address, at);

		if (party != NULL && party->kind == kind)
			return &config->shops[i];
	}
	return NULL;
}

const char *config_shop_of(const struct config *config, struct slice address, int64_t at, char *out, size_t size)
{
	const struct config_shop *shop = find(config, address, PARTY_ADDRESS, at);

	if (shop == NULL)
		shop = find(config, address, PARTY_DOMAIN, at);
	if (shop != NULL)
		return shop->name;
	text_sanitize(out, size, address, TEXT_FOR_LOG);
	for (char *p = out; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 'a' - 'A');
	return out;
}
