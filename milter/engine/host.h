/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_HOST_H
#define POSTERN_ENGINE_HOST_H

#include "core/clock.h"
#include "core/slice.h"
#include "engine/judge.h"
#include "postern/plugin.h"

/* Internal to the engine: the table of functions that plugins get. */
extern const struct postern_host postern_host_table;

/*
 * host->log and host->now carry no handle, so the thread that calls a plugin remembers for whom.
 * Borrowed for one synchronous call: begin and end are in the same function.
 */
struct host_call {
	const char *plugin;
	const struct clock *clock;
};
void host_call_begin(struct host_call *saved_r, const char *plugin, const struct clock *clock);
void host_call_end(const struct host_call *saved);

/* Notes that a check went wrong (status and reason of the worst kind are kept) and returns status. */
enum postern_status host_trouble(struct postern_ctx *ctx, enum postern_status status, const char *reason);

static inline struct postern_slice host_slice(struct slice s)
{
	return (struct postern_slice){s.ptr, s.len};
}

static inline struct slice host_view(struct postern_slice s)
{
	return (struct slice){s.ptr, s.ptr != NULL ? s.len : 0};
}

/* host_conf.c */
struct postern_slice host_conf_string(const struct postern_conf *conf, const char *name);
int64_t host_conf_int(const struct postern_conf *conf, const char *name);
int host_conf_bool(const struct postern_conf *conf, const char *name);
double host_conf_number(const struct postern_conf *conf, const char *name);
size_t host_conf_list_count(const struct postern_conf *conf, const char *name);
struct postern_slice host_conf_list_item(const struct postern_conf *conf, const char *name, size_t index);
struct postern_slice host_conf_file(const struct postern_conf *conf, const char *name);
void host_conf_error(const struct postern_conf *conf, const char *option, int line, const char *text);

/* patterns.c */
struct postern_patterns *host_patterns_compile(const struct postern_conf *conf, const char *option,
    const char *const *expressions, size_t count);
void host_patterns_free(struct postern_patterns *patterns);
enum postern_status host_patterns_match(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    struct postern_slice text, postern_match_fn fn, void *arg);
enum postern_status host_patterns_match_some(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    const size_t *numbers, size_t count, struct postern_slice text, postern_match_fn fn, void *arg);
enum postern_status host_patterns_match_until(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    const size_t *numbers, size_t count, struct postern_slice text, size_t until, postern_match_fn fn, void *arg);
enum postern_status host_patterns_may(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    const size_t *numbers, size_t count, struct postern_slice text, const size_t *ends, size_t pieces, postern_may_fn fn,
    void *arg);

/* patterns_place.c */
/*
 * The line of the option's file that the expression number (from 0) of a set of count stands in, and the
 * file's path; 0 when that is not known.
 */
int patterns_line(const struct postern_conf *conf, const char *option, size_t number, size_t count, const char **path_r);
/* Warns of an expression that a text can make costly. */
void patterns_lint(const struct postern_conf *conf, const char *option, size_t number, size_t count, const char *expression);
/*
 * Notes that a search failed or took the message's time, in words that name the expression; POSTERN_TEMPFAIL.
 */
enum postern_status patterns_failed(struct postern_ctx *ctx, const char *option, size_t number, size_t count,
    const char *expression, const char *reason);

/* Notes, in such words, that an expression may have more matches than the plugin was given; POSTERN_OK. */
enum postern_status patterns_cut(struct postern_ctx *ctx, const char *option, size_t number, size_t count,
    const char *expression, const char *reason);

/* host_wording.c */
struct postern_model *host_model_compile(const struct postern_conf *conf, const char *option);
void host_model_free(struct postern_model *model);
enum postern_status host_model_weigh(struct postern_ctx *ctx, const struct postern_model *model,
    struct postern_slice text, const size_t *ends, size_t count, int *sums);

/* host_message.c */
void *host_alloc(struct postern_ctx *ctx, size_t size);
void host_message(struct postern_ctx *ctx, struct postern_message *out);
enum postern_status host_recipient(struct postern_ctx *ctx, size_t index, struct postern_slice *out);
size_t host_header_count(struct postern_ctx *ctx);
enum postern_status host_header(struct postern_ctx *ctx, size_t index, struct postern_header *out);
int host_header_find(struct postern_ctx *ctx, const char *name, size_t nth, struct postern_header *out);
size_t host_text_count(struct postern_ctx *ctx);
enum postern_status host_text(struct postern_ctx *ctx, size_t index, struct postern_text *out);
size_t host_url_count(struct postern_ctx *ctx);
enum postern_status host_url(struct postern_ctx *ctx, size_t index, struct postern_url *out);
size_t host_address_count(struct postern_ctx *ctx);
enum postern_status host_address(struct postern_ctx *ctx, size_t index, struct postern_address *out);
size_t host_id_count(struct postern_ctx *ctx);
enum postern_status host_id(struct postern_ctx *ctx, size_t index, struct postern_id *out);
size_t host_attachment_count(struct postern_ctx *ctx);
enum postern_status host_attachment(struct postern_ctx *ctx, size_t index, struct postern_attachment *out);
size_t host_fact_count(struct postern_ctx *ctx);
enum postern_status host_fact(struct postern_ctx *ctx, size_t index, struct postern_fact *out);

/* host_context.c */
enum postern_status host_original(struct postern_ctx *ctx, size_t text, size_t start, size_t end,
    struct postern_slice *out);
size_t host_disguise_count(struct postern_ctx *ctx);
enum postern_status host_disguise(struct postern_ctx *ctx, size_t index, struct postern_disguise *out);
size_t host_alternative(struct postern_ctx *ctx, size_t part);
enum postern_quotes host_quotes(struct postern_ctx *ctx);
size_t host_image_count(struct postern_ctx *ctx);
enum postern_status host_image(struct postern_ctx *ctx, size_t index, struct postern_image *out);
enum postern_status host_inbound(struct postern_ctx *ctx, struct postern_inbound *out);
size_t host_market_count(struct postern_ctx *ctx);
enum postern_status host_market(struct postern_ctx *ctx, size_t index, struct postern_market *out);
struct postern_slice host_market_profile(struct postern_ctx *ctx, struct postern_slice market, const char *name);
enum postern_status host_address_market(struct postern_ctx *ctx, struct postern_slice address,
    struct postern_slice *market_r);
/* Whether the plugin declared the need; else it is noted as a bug. */
bool host_has_need(struct postern_ctx *ctx, unsigned need);

/* case.c */
enum postern_status host_support(struct postern_ctx *ctx, struct postern_support *out);

/* host_desk.c */
enum postern_status host_window(struct postern_ctx *ctx, const char *name, struct postern_slice subject,
    struct postern_window *out);
enum postern_status host_clock_due(struct postern_ctx *ctx, const char *clock, int64_t *due_r);

/* host_result.c */
struct postern_slice host_profile(struct postern_ctx *ctx, const char *name);
enum postern_status host_finding(struct postern_ctx *ctx, const struct postern_finding *finding);
enum postern_status host_fail(struct postern_ctx *ctx, const char *reason);
enum postern_status host_label(struct postern_ctx *ctx, const char *label);
enum postern_status host_mark(struct postern_ctx *ctx, enum postern_mark mark);
enum postern_status host_kind(struct postern_ctx *ctx, struct postern_slice *labels, struct postern_slice *clock);
enum postern_status host_start_clock(struct postern_ctx *ctx, const char *clock, int64_t *due_r);
enum postern_status host_counter(struct postern_ctx *ctx, struct postern_slice key, int64_t delta,
    int64_t window, int64_t *value_r);

#endif
