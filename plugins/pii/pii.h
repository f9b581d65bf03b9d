/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_PII_PII_H
#define POSTERN_PLUGINS_PII_PII_H

#include "../common/common.h"

/* Check digits and shapes of numbers that belong to persons (check.c): pure functions over digits. */

/* The last digit by Luhn's rule (ISO/IEC 7812-1). */
bool luhn_holds(const char *digits, size_t count);
/* ISO 7064 mod 97-10 over letters and digits, the first four moved to the end, as IBANs have it. */
bool mod97_holds(const char *iban, size_t count);
/* A citizen's number of China (GB 11643): a possible date of birth and its check character. */
bool china_id_holds(const char *id);
/* A Brazilian CPF: eleven digits, the last two check the others; not all the same. */
bool cpf_holds(const char *digits);
/* A US social security number as the agency gives them out: no 000, 666, 9xx; no 00; no 0000. */
bool ssn_possible(const char *digits);

/* Ranges of first digits of a scheme's cards and how long its numbers are. */
struct card_range {
	unsigned from, to; /* of the first six digits */
	uint32_t lengths;  /* bits */
	char *name;
};

struct card_ranges {
	struct card_range *items;
	size_t count;
};

int card_ranges_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct card_ranges *out);
void card_ranges_close(struct card_ranges *ranges);
/* The scheme; NULL: no card has such a number. */
const char *card_scheme(const struct card_ranges *ranges, const char *digits, size_t count);

/* "DE<TAB>22": how long the IBANs of each country are. */
struct iban_lengths {
	unsigned char lengths[26][26];
};

int iban_lengths_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct iban_lengths *out);

#endif
