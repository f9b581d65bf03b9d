/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the plugin with a host of our own: a plugin needs nothing of Postern's to run. */
#include <stdio.h>
#include <string.h>

#include <postern/plugin.h>

#define SLICE(s) ((struct postern_slice){(s), strlen(s)})

/* What the fake host answers and what it was told. */
struct postern_conf {
	const char *words[4];
	int quoted;
	int errors;
};

struct postern_ctx {
	const char *text;
	enum postern_segment_kind kind;
	int findings;
	char evidence[64];
};

static size_t list_count(const struct postern_conf *conf, const char *name)
{
	size_t n = 0;

	while (strcmp(name, "words") == 0 && n < 4 && conf->words[n] != NULL)
		n++;
	return n;
}

static struct postern_slice list_item(const struct postern_conf *conf, const char *name, size_t index)
{
	(void)name;
	return SLICE(conf->words[index]);
}

static int yes_or_no(const struct postern_conf *conf, const char *name)
{
	return strcmp(name, "quoted") == 0 && conf->quoted;
}

static void config_error(const struct postern_conf *conf, const char *option, int line, const char *text)
{
	(void)option;
	(void)line;
	(void)text;
	((struct postern_conf *)(size_t)conf)->errors++;
}

static size_t text_count(struct postern_ctx *ctx)
{
	(void)ctx;
	return 1;
}

static enum postern_status text(struct postern_ctx *ctx, size_t index, struct postern_text *out)
{
	if (index != 0)
		return POSTERN_BUG;
	*out = (struct postern_text){.kind = ctx->kind, .text = SLICE(ctx->text)};
	return POSTERN_OK;
}

static enum postern_status finding(struct postern_ctx *ctx, const struct postern_finding *f)
{
	ctx->findings++;
	snprintf(ctx->evidence, sizeof(ctx->evidence), "%.*s", (int)f->evidence.len, f->evidence.ptr);
	return POSTERN_OK;
}

static const struct postern_host host = {
	.size = sizeof(host), .abi_major = POSTERN_ABI_MAJOR, .abi_minor = POSTERN_ABI_MINOR,
	.conf_list_count = list_count, .conf_list_item = list_item, .conf_bool = yes_or_no, .conf_error = config_error,
	.text_count = text_count, .text = text, .finding = finding,
};

static const struct {
	const char *text;
	enum postern_segment_kind kind;
	int quoted;
	const char *want; /* NULL: nothing is found */
} cases[] = {
	{"This is our BEST price.", POSTERN_SEGMENT_NEW, 0, "BEST"},
	{"bestseller", POSTERN_SEGMENT_NEW, 0, NULL},
	{"best", POSTERN_SEGMENT_SUBJECT, 0, "best"},
	{"> the best", POSTERN_SEGMENT_QUOTE, 0, NULL},
	{"> the best", POSTERN_SEGMENT_QUOTE, 1, "best"},
	{"", POSTERN_SEGMENT_NEW, 0, NULL},
};

static int failed(const char *what)
{
	fprintf(stderr, "FAIL: %s\n", what);
	return 1;
}

static int run_cases(void)
{
	int bad = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct postern_conf conf = {.words = {"free", "best"}, .quoted = cases[i].quoted};
		struct postern_ctx ctx = {.text = cases[i].text, .kind = cases[i].kind};
		void *instance = NULL;

		if (postern_plugin.open(&host, &conf, &instance) != POSTERN_OK ||
		    postern_plugin.check(&host, instance, &ctx) != POSTERN_OK)
			bad += failed(cases[i].text);
		postern_plugin.close(&host, instance);
		if (ctx.findings != (cases[i].want != NULL) || (cases[i].want != NULL && strcmp(cases[i].want, ctx.evidence) != 0))
			bad += failed(cases[i].text);
	}
	return bad;
}

int main(void)
{
	struct postern_conf empty = {.errors = 0};
	int bad = run_cases();

	if (postern_plugin.check_config(&host, &empty) == POSTERN_OK || empty.errors != 1)
		bad += failed("a rule without words is refused");
	if (bad == 0)
		puts("all tests passed");
	return bad != 0;
}
