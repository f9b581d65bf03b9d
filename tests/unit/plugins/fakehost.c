/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake host: the plugin interface over literals. Regular expressions are
 * the library's real ones, so that lists are tested as they are used.
 */
#include "fakehost.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pattern.h"
#include "core/wording.h"

struct postern_conf {
	const struct postern_plugin *plugin;
	const struct fake_option *options;
	char *files[FAKE_MAX];
	size_t file_count;
};

struct postern_patterns {
	struct pattern **items;
	size_t count;
};

struct fake_rule {
	struct postern_conf conf;
	void *instance;
};

struct postern_ctx {
	const struct fake_message *message;
	struct fake_result *result;
	void *blocks[4096];
	size_t block_count;
};

static char last_error[512];

static struct postern_slice view(const char *s)
{
	return (struct postern_slice){s, s != NULL ? strlen(s) : 0};
}

/* ---- configuration ---- */

static const char *value_of(const struct postern_conf *conf, const char *name)
{
	for (const struct fake_option *o = conf->options; o != NULL && o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o->value;
	for (const struct postern_option *o = conf->plugin->options; o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o->default_value;
	fprintf(stderr, "option %s is not declared\n", name);
	abort();
}

static struct postern_slice conf_string(const struct postern_conf *conf, const char *name)
{
	return view(value_of(conf, name));
}

static int64_t conf_int(const struct postern_conf *conf, const char *name)
{
	return strtoll(value_of(conf, name), NULL, 10);
}

static int conf_bool(const struct postern_conf *conf, const char *name)
{
	return strcmp(value_of(conf, name), "yes") == 0;
}

static double conf_number(const struct postern_conf *conf, const char *name)
{
	return strtod(value_of(conf, name), NULL);
}

static size_t conf_list_count(const struct postern_conf *conf, const char *name)
{
	const char *s = value_of(conf, name);
	size_t count = *s != '\0';

	for (; *s != '\0'; s++)
		count += *s == ',';
	return count;
}

static struct postern_slice conf_list_item(const struct postern_conf *conf, const char *name, size_t index)
{
	const char *s = value_of(conf, name);

	for (; index > 0; index--)
		s = strchr(s, ',') + 1;
	return (struct postern_slice){s, strcspn(s, ",")};
}

static struct postern_slice conf_file(const struct postern_conf *conf, const char *name)
{
	struct postern_conf *mine = (struct postern_conf *)(uintptr_t)conf;
	char path[4096];
	char *text = calloc(1, 1U << 20);
	size_t len;
	FILE *f;

	if (*value_of(conf, name) == '\0') {
		free(text);
		return view("");
	}
	if (strncmp(value_of(conf, name), "text:", 5) == 0) {
		free(text);
		return view(value_of(conf, name) + 5);
	}
	snprintf(path, sizeof(path), RULES_DIR "/%s", value_of(conf, name));
	f = fopen(path, "r");
	if (f == NULL || text == NULL || mine->file_count == FAKE_MAX)
		abort();
	len = fread(text, 1, (1U << 20) - 1, f);
	fclose(f);
	mine->files[mine->file_count++] = text;
	return (struct postern_slice){text, len};
}

static void conf_error(const struct postern_conf *conf, const char *option, int line, const char *text)
{
	(void)conf;
	snprintf(last_error, sizeof(last_error), "%s:%d: %s", option != NULL ? option : "", line, text);
}

/* ---- patterns ---- */

static void patterns_free(struct postern_patterns *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		pattern_free(&patterns->items[i]);
	free(patterns->items);
	free(patterns);
}

static struct postern_patterns *patterns_compile(const struct postern_conf *conf, const char *option,
    const char *const *expressions, size_t count)
{
	struct postern_patterns *patterns = calloc(1, sizeof(*patterns));
	struct diag d = {0};

	(void)conf;
	patterns->items = calloc(count, sizeof(*patterns->items));
	for (size_t i = 0; i < count; i++) {
		patterns->items[i] = pattern_compile(expressions[i], PATTERN_NO_CASE, &d);
		if (patterns->items[i] == NULL) {
			fprintf(stderr, "%s: %s: %s\n", option, expressions[i], d.text);
			patterns_free(patterns);
			return NULL;
		}
		patterns->count++;
	}
	return patterns;
}

/* All matches of one expression that begin before until: 0, 1: fn wants no more, -1: error. */
static int match_one(const struct postern_patterns *patterns, size_t number, struct slice s, size_t until,
    postern_match_fn fn, void *arg)
{
	struct pattern_match match;
	struct diag d = {0};
	size_t offset = 0;
	int rc;

	while (offset <= s.len && (rc = pattern_find(patterns->items[number], s, offset, &match, &d)) != 0) {
		if (rc < 0)
			return -1;
		if (match.start >= until)
			return 0;
		if (fn(arg, number, match.start, match.end) != 0)
			return 1;
		offset = match.end > offset ? match.end : offset + 1;
	}
	return 0;
}

static enum postern_status patterns_match_until(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    const size_t *numbers, size_t count, struct postern_slice text, size_t until, postern_match_fn fn, void *arg)
{
	int rc = 0;

	(void)ctx;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = match_one(patterns, numbers != NULL ? numbers[i] : i, (struct slice){text.ptr, text.len}, until, fn,
		    arg);
	return rc < 0 ? POSTERN_TEMPFAIL : POSTERN_OK;
}

static enum postern_status patterns_match_some(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    const size_t *numbers, size_t count, struct postern_slice text, postern_match_fn fn, void *arg)
{
	return patterns_match_until(ctx, patterns, numbers, count, text, SIZE_MAX, fn, arg);
}

static enum postern_status patterns_match(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    struct postern_slice text, postern_match_fn fn, void *arg)
{
	return patterns_match_some(ctx, patterns, NULL, patterns->count, text, fn, arg);
}

/* It knows no filter. */
static enum postern_status patterns_may(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    const size_t *numbers, size_t count, struct postern_slice text, const size_t *ends, size_t pieces, postern_may_fn fn,
    void *arg)
{
	(void)ctx, (void)patterns, (void)text, (void)ends;
	for (size_t i = 0; i < count; i++)
		for (size_t piece = 0; piece < pieces; piece++)
			fn(arg, numbers[i], piece);
	return POSTERN_OK;
}

/* ---- models ---- */

struct postern_model {
	struct wording *wording;
};

static void model_free(struct postern_model *model)
{
	wording_free(&model->wording);
	free(model);
}

static struct postern_model *model_compile(const struct postern_conf *conf, const char *option)
{
	struct postern_model *model = calloc(1, sizeof(*model));
	struct postern_slice file = conf_file(conf, option);
	struct diag d = {0};
	size_t number;

	model->wording = wording_new();
	if (wording_add(model->wording, (struct slice){file.ptr, file.len}, &number, &d) == 0 &&
	    wording_finish(model->wording, &d) == 0)
		return model;
	conf_error(conf, option, 0, "the model can't be read");
	model_free(model);
	return NULL;
}

static enum postern_status model_weigh(struct postern_ctx *ctx, const struct postern_model *model,
    struct postern_slice text, const size_t *ends, size_t count, int *sums)
{
	(void)ctx;
	return wording_weigh(model->wording, (struct slice){text.ptr, text.len}, ends, count, sums) == 0 ? POSTERN_OK :
	    POSTERN_TEMPFAIL;
}

/* ---- the message ---- */

static void *ctx_alloc(struct postern_ctx *ctx, size_t size)
{
	if (ctx->block_count == sizeof(ctx->blocks) / sizeof(ctx->blocks[0]))
		return NULL;
	return ctx->blocks[ctx->block_count++] = malloc(size);
}

static void ctx_message(struct postern_ctx *ctx, struct postern_message *out)
{
	memset(out, 0, sizeof(*out));
	out->direction = ctx->message->direction;
	out->sender = view(ctx->message->sender != NULL ? ctx->message->sender : "agent@seller.example");
	out->account = view(ctx->message->account);
	out->marketplace = view(ctx->message->marketplace != NULL ? ctx->message->marketplace : "walmart");
	out->kind = view("buyer");
	out->received = ctx->message->received;
	while (out->recipients < FAKE_MAX && ctx->message->recipients[out->recipients] != NULL)
		out->recipients++;
}

static enum postern_status recipient(struct postern_ctx *ctx, size_t index, struct postern_slice *out)
{
	*out = view(ctx->message->recipients[index]);
	return POSTERN_OK;
}

static size_t header_count(struct postern_ctx *ctx)
{
	size_t n = 0;

	while (n < FAKE_MAX && ctx->message->headers[n].name != NULL)
		n++;
	return n;
}

static enum postern_status header(struct postern_ctx *ctx, size_t index, struct postern_header *out)
{
	out->name = view(ctx->message->headers[index].name);
	out->value = out->raw = view(ctx->message->headers[index].value);
	return POSTERN_OK;
}

static int header_find(struct postern_ctx *ctx, const char *name, size_t nth, struct postern_header *out)
{
	for (size_t i = 0; i < header_count(ctx); i++)
		if (strcasecmp(ctx->message->headers[i].name, name) == 0 && nth-- == 0)
			return header(ctx, i, out) == POSTERN_OK;
	return 0;
}

static size_t text_count(struct postern_ctx *ctx)
{
	size_t n = 0;

	while (n < FAKE_MAX && ctx->message->texts[n].text != NULL)
		n++;
	return n;
}

static enum postern_status text_get(struct postern_ctx *ctx, size_t index, struct postern_text *out)
{
	out->kind = ctx->message->texts[index].kind;
	out->text = view(ctx->message->texts[index].text);
	out->media_type = view(ctx->message->text_types[index] != NULL ? ctx->message->text_types[index] : "text/plain");
	out->part = ctx->message->text_parts[index];
	return POSTERN_OK;
}

static size_t url_count(struct postern_ctx *ctx)
{
	size_t n = 0;

	while (n < FAKE_MAX && ctx->message->urls[n].raw != NULL)
		n++;
	return n;
}

static enum postern_status url_get(struct postern_ctx *ctx, size_t index, struct postern_url *out)
{
	const struct fake_url *url = &ctx->message->urls[index];

	out->raw = view(url->raw);
	out->scheme = view(url->scheme != NULL ? url->scheme : "");
	out->host = out->domain = view(url->host != NULL ? url->host : "");
	out->source = url->source;
	out->segment = url->segment;
	out->part = ctx->message->url_parts[index];
	return POSTERN_OK;
}

static size_t id_count(struct postern_ctx *ctx)
{
	size_t n = 0;

	while (n < FAKE_MAX && ctx->message->ids[n].name != NULL)
		n++;
	return n;
}

static enum postern_status id_get(struct postern_ctx *ctx, size_t index, struct postern_id *out)
{
	const char *value = ctx->message->ids[index].value;

	out->kind = view(ctx->message->ids[index].name);
	out->value = view(value);
	out->segment = POSTERN_SEGMENT_NEW;
	for (size_t i = 0; i < text_count(ctx); i++) {
		const char *at = strstr(ctx->message->texts[i].text, value);

		if (at == NULL)
			continue;
		out->value = (struct postern_slice){at, strlen(value)};
		out->segment = ctx->message->texts[i].kind;
		break;
	}
	return POSTERN_OK;
}

static size_t address_count(struct postern_ctx *ctx)
{
	size_t n = 0;

	while (n < FAKE_MAX && ctx->message->addresses[n].address != NULL)
		n++;
	return n;
}

static enum postern_status address_get(struct postern_ctx *ctx, size_t index, struct postern_address *out)
{
	out->address = view(ctx->message->addresses[index].address);
	out->segment = ctx->message->addresses[index].segment;
	return POSTERN_OK;
}

static size_t file_count(struct postern_ctx *ctx)
{
	size_t n = 0;

	while (n < FAKE_MAX && ctx->message->files[n].content != NULL)
		n++;
	return n;
}

static enum postern_status file_get(struct postern_ctx *ctx, size_t index, struct postern_attachment *out)
{
	const struct fake_file *file = &ctx->message->files[index];

	memset(out, 0, sizeof(*out));
	out->name = view(file->name != NULL ? file->name : "");
	out->media_type = view(file->type != NULL ? file->type : "application/octet-stream");
	out->content = (struct postern_slice){file->content, file->size != 0 ? file->size : strlen(file->content)};
	out->size = out->content.len;
	out->part = index;
	return POSTERN_OK;
}

static size_t fact_count(struct postern_ctx *ctx)
{
	size_t n = 0;

	while (n < FAKE_MAX && ctx->message->facts[n].name != NULL)
		n++;
	return n;
}

static enum postern_status fact_get(struct postern_ctx *ctx, size_t index, struct postern_fact *out)
{
	*out = (struct postern_fact){view(ctx->message->facts[index].name), view(ctx->message->facts[index].value),
	    ctx->message->facts[index].part};
	return POSTERN_OK;
}

static size_t image_count(struct postern_ctx *ctx)
{
	size_t n = 0;

	while (n < FAKE_MAX && ctx->message->images[n].source != NULL)
		n++;
	return n;
}

static enum postern_status image_get(struct postern_ctx *ctx, size_t index, struct postern_image *out)
{
	const struct fake_image *image = &ctx->message->images[index];

	memset(out, 0, sizeof(*out));
	out->source = view(image->source);
	out->host = view(image->host != NULL ? image->host : "");
	out->alt = view(image->alt != NULL ? image->alt : "");
	out->width = image->width;
	out->height = image->height;
	out->hidden = image->hidden;
	out->segment = POSTERN_SEGMENT_NEW;
	return POSTERN_OK;
}

static size_t disguise_count(struct postern_ctx *ctx)
{
	size_t n = 0;

	while (n < FAKE_MAX && ctx->message->disguises[n].count != 0)
		n++;
	return n;
}

static enum postern_status disguise_get(struct postern_ctx *ctx, size_t index, struct postern_disguise *out)
{
	*out = ctx->message->disguises[index];
	return POSTERN_OK;
}

static enum postern_status original(struct postern_ctx *ctx, size_t text, size_t start, size_t end,
    struct postern_slice *out)
{
	*out = (struct postern_slice){ctx->message->texts[text].text + start, end - start};
	return POSTERN_OK;
}

static size_t alternative(struct postern_ctx *ctx, size_t part)
{
	return part < FAKE_MAX ? ctx->message->alternatives[part] : 0;
}

static enum postern_quotes quotes(struct postern_ctx *ctx)
{
	return ctx->message->quotes;
}

static enum postern_status inbound(struct postern_ctx *ctx, struct postern_inbound *out)
{
	*out = ctx->message->inbound;
	return POSTERN_OK;
}

static const struct {
	const char *name, *title, *relay;
} markets[] = {
	{"walmart", "Walmart", "@relay.walmart.com"},
	{"amazon", "Amazon", "@marketplace.amazon.com"},
	{"ebay", "eBay", "@members.ebay.com"},
};

static size_t market_count(struct postern_ctx *ctx)
{
	(void)ctx;
	return sizeof(markets) / sizeof(markets[0]);
}

static enum postern_status market(struct postern_ctx *ctx, size_t index, struct postern_market *out)
{
	(void)ctx;
	*out = (struct postern_market){view(markets[index].name), view(markets[index].title)};
	return POSTERN_OK;
}

static enum postern_status address_market(struct postern_ctx *ctx, struct postern_slice address,
    struct postern_slice *market_r)
{
	(void)ctx;
	*market_r = view("");
	for (size_t i = 0; i < sizeof(markets) / sizeof(markets[0]); i++) {
		size_t len = strlen(markets[i].relay);

		if (address.len > len && strncasecmp(address.ptr + address.len - len, markets[i].relay, len) == 0)
			*market_r = view(markets[i].name);
	}
	return POSTERN_OK;
}

static struct postern_slice profile(struct postern_ctx *ctx, const char *name)
{
	if (strcmp(name, "language") == 0)
		return view(ctx->message->language);
	if (strcmp(name, "allow_domains") == 0)
		return view(ctx->message->allow_domains);
	for (size_t i = 0; i < FAKE_MAX && ctx->message->values[i].name != NULL; i++)
		if (strcmp(ctx->message->values[i].name, name) == 0)
			return view(ctx->message->values[i].value);
	return view(NULL);
}

static struct postern_slice market_profile(struct postern_ctx *ctx, struct postern_slice market_name, const char *name)
{
	(void)market_name;
	return profile(ctx, name);
}

/* ---- what comes out ---- */

static enum postern_status finding(struct postern_ctx *ctx, const struct postern_finding *f)
{
	struct fake_result *r = ctx->result;

	if (f->score > r->score)
		r->score = f->score;
	if (f->advice != NULL)
		snprintf(r->advice + strlen(r->advice), sizeof(r->advice) - strlen(r->advice), "%s\n", f->advice);
	if (r->findings++ > 0)
		return POSTERN_OK;
	snprintf(r->rule, sizeof(r->rule), "%s", f->rule_id);
	snprintf(r->evidence, sizeof(r->evidence), "%.*s", (int)f->evidence.len, f->evidence.ptr);
	return POSTERN_OK;
}

static enum postern_status label(struct postern_ctx *ctx, const char *name)
{
	size_t len = strlen(ctx->result->labels);

	snprintf(ctx->result->labels + len, sizeof(ctx->result->labels) - len, " %s ", name);
	return POSTERN_OK;
}

static enum postern_status mark(struct postern_ctx *ctx, enum postern_mark m)
{
	ctx->result->marked = m == POSTERN_MARK_AUTO_REPLY;
	return POSTERN_OK;
}

static enum postern_status kind(struct postern_ctx *ctx, struct postern_slice *labels, struct postern_slice *clock)
{
	*labels = view(ctx->message->labels != NULL ? ctx->message->labels : "");
	*clock = view(ctx->message->clock != NULL ? ctx->message->clock : "");
	return POSTERN_OK;
}

static enum postern_status start_clock(struct postern_ctx *ctx, const char *clock, int64_t *due_r)
{
	if (strcmp(clock, "unknown") == 0)
		return POSTERN_BUG;
	snprintf(ctx->result->clock, sizeof(ctx->result->clock), "%s", clock);
	*due_r = 0;
	return POSTERN_OK;
}

static struct { char key[256]; int64_t value; } counters[FAKE_COUNTERS];

void fake_forget(void)
{
	memset(counters, 0, sizeof(counters));
}

static int64_t remembered(const char *key, int64_t delta)
{
	size_t i = 0;

	while (i < FAKE_COUNTERS && counters[i].key[0] != '\0' && strcmp(counters[i].key, key) != 0)
		i++;
	if (i == FAKE_COUNTERS)
		abort();
	snprintf(counters[i].key, sizeof(counters[i].key), "%s", key);
	return counters[i].value += delta;
}

static enum postern_status counter(struct postern_ctx *ctx, struct postern_slice key, int64_t delta, int64_t window,
    int64_t *value_r)
{
	if (ctx->message->counter_status != POSTERN_OK || window <= 0 || key.len >= sizeof(ctx->result->counter))
		return POSTERN_TEMPFAIL;
	memcpy(ctx->result->counter, key.ptr, key.len);
	ctx->result->counter[key.len] = '\0';
	*value_r = ctx->message->remembers ? remembered(ctx->result->counter, delta) : ctx->message->counted + delta;
	for (size_t i = 0; i < FAKE_MAX && ctx->message->counts[i].prefix != NULL; i++)
		if (strncmp(ctx->result->counter, ctx->message->counts[i].prefix, strlen(ctx->message->counts[i].prefix)) == 0)
			*value_r = ctx->message->counts[i].value;
	return POSTERN_OK;
}

static enum postern_status support(struct postern_ctx *ctx, struct postern_support *out)
{
	*out = (struct postern_support){view(ctx->message->support.name), view(ctx->message->support.channel),
	    view(ctx->message->support.language)};
	return POSTERN_OK;
}

static enum postern_status window(struct postern_ctx *ctx, const char *name, struct postern_slice subject,
    struct postern_window *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < FAKE_MAX && ctx->message->windows[i].name != NULL; i++) {
		const struct fake_window *w = &ctx->message->windows[i];

		if (strcmp(w->name, name) == 0 && strlen(w->subject) == subject.len && strncmp(w->subject, subject.ptr, subject.len) == 0)
			*out = (struct postern_window){w->state, 0, 0, view(w->first_day), view(w->last_day), view(w->name)};
	}
	return ctx->message->counter_status;
}

static enum postern_status clock_due(struct postern_ctx *ctx, const char *clock, int64_t *due_r)
{
	*due_r = 0;
	for (size_t i = 0; i < FAKE_MAX && ctx->message->clocks[i].name != NULL; i++)
		if (strcmp(ctx->message->clocks[i].name, clock) == 0)
			*due_r = ctx->message->received + ctx->message->clocks[i].seconds;
	return POSTERN_OK;
}

/* ---- the log, which plugins with threads of their own write, too ---- */

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char logged[1024];
static size_t log_count;

static void fake_log(enum postern_log_level level, const char *text)
{
	pthread_mutex_lock(&log_lock);
	log_count++;
	if (level == POSTERN_LOG_ERROR)
		snprintf(logged, sizeof(logged), "%s", text);
	pthread_mutex_unlock(&log_lock);
}

const char *fake_logged(void)
{
	static char copy[sizeof(logged)];

	pthread_mutex_lock(&log_lock);
	memcpy(copy, logged, sizeof(copy));
	pthread_mutex_unlock(&log_lock);
	return copy;
}

size_t fake_log_count(void)
{
	size_t count;

	pthread_mutex_lock(&log_lock);
	count = log_count;
	pthread_mutex_unlock(&log_lock);
	return count;
}

static enum postern_status fail(struct postern_ctx *ctx, const char *reason)
{
	(void)ctx;
	fake_log(POSTERN_LOG_ERROR, reason);
	return POSTERN_TEMPFAIL;
}

static const struct postern_host fake_host = {
	.size = sizeof(fake_host),
	.abi_major = POSTERN_ABI_MAJOR,
	.abi_minor = POSTERN_ABI_MINOR,
	.log = fake_log,
	.conf_string = conf_string,
	.conf_int = conf_int,
	.conf_bool = conf_bool,
	.conf_number = conf_number,
	.conf_list_count = conf_list_count,
	.conf_list_item = conf_list_item,
	.conf_file = conf_file,
	.conf_error = conf_error,
	.patterns_compile = patterns_compile,
	.patterns_free = patterns_free,
	.patterns_match = patterns_match,
	.alloc = ctx_alloc,
	.message = ctx_message,
	.header_count = header_count,
	.header = header,
	.header_find = header_find,
	.text_count = text_count,
	.text = text_get,
	.url_count = url_count,
	.url = url_get,
	.id_count = id_count,
	.id = id_get,
	.profile = profile,
	.finding = finding,
	.label = label,
	.mark = mark,
	.kind = kind,
	.start_clock = start_clock,
	.counter = counter,
	.recipient = recipient,
	.address_count = address_count,
	.address = address_get,
	.attachment_count = file_count,
	.attachment = file_get,
	.original = original,
	.disguise_count = disguise_count,
	.disguise = disguise_get,
	.alternative = alternative,
	.quotes = quotes,
	.image_count = image_count,
	.image = image_get,
	.inbound = inbound,
	.market_count = market_count,
	.market = market,
	.market_profile = market_profile,
	.address_market = address_market,
	.fact_count = fact_count,
	.fact = fact_get,
	.patterns_match_some = patterns_match_some,
	.support = support,
	.window = window,
	.clock_due = clock_due,
	.fail = fail,
	.model_compile = model_compile,
	.model_free = model_free,
	.model_weigh = model_weigh,
	.patterns_may = patterns_may,
	.patterns_match_until = patterns_match_until,
};

struct fake_rule *fake_open(const struct postern_plugin *plugin, const struct fake_option *options)
{
	struct fake_rule *rule = calloc(1, sizeof(*rule));

	rule->conf.plugin = plugin;
	rule->conf.options = options;
	last_error[0] = '\0';
	pthread_mutex_lock(&log_lock);
	log_count = 0;
	pthread_mutex_unlock(&log_lock);
	if (plugin->open(&fake_host, &rule->conf, &rule->instance) != POSTERN_OK) {
		rule->instance = NULL;
		fake_close(&rule);
	}
	return rule;
}

void fake_close(struct fake_rule **rule)
{
	if (*rule == NULL)
		return;
	if ((*rule)->instance != NULL)
		(*rule)->conf.plugin->close(&fake_host, (*rule)->instance);
	for (size_t i = 0; i < (*rule)->conf.file_count; i++)
		free((*rule)->conf.files[i]);
	free(*rule);
	*rule = NULL;
}

const char *fake_error(void)
{
	return last_error;
}

static void free_blocks(struct postern_ctx *ctx)
{
	for (size_t i = 0; i < ctx->block_count; i++)
		free(ctx->blocks[i]);
}

struct fake_result fake_check(const struct fake_rule *rule, const struct fake_message *message)
{
	struct fake_result result = {0};
	struct postern_ctx ctx = {.message = message, .result = &result};

	result.status = rule->conf.plugin->check(&fake_host, rule->instance, &ctx);
	free_blocks(&ctx);
	return result;
}

bool fake_wants(const struct fake_rule *rule, const struct fake_message *message)
{
	struct fake_result result = {0};
	struct postern_ctx ctx = {.message = message, .result = &result};
	bool wanted = rule->conf.plugin->wants(&fake_host, rule->instance, &ctx) != 0;

	free_blocks(&ctx);
	return wanted;
}

bool fake_has_label(const struct fake_result *result, const char *name)
{
	char padded[128];

	snprintf(padded, sizeof(padded), " %s ", name);
	return strstr(result->labels, padded) != NULL;
}
