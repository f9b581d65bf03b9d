/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of functions that each plugin gets, and the two of them that
 * belong to no message: the log and the clock.
 */
#include "engine/host.h"

#include <string.h>

#include "core/log.h"

/*
 * The one thread-local of the house: valid only inside one synchronous call of
 * a plugin, never across two, so a worker pool that moves a connection to
 * another thread does not matter.
 */
static _Thread_local struct host_call current;

void host_call_begin(struct host_call *saved_r, const char *plugin, const struct clock *clock)
{
	*saved_r = current;
	current = (struct host_call){plugin, clock};
}

void host_call_end(const struct host_call *saved)
{
	current = *saved;
}

static void host_log(enum postern_log_level level, const char *text)
{
	static const enum log_level levels[] = {
		[POSTERN_LOG_ERROR] = LOG_LEVEL_ERROR, [POSTERN_LOG_WARNING] = LOG_LEVEL_WARNING,
		[POSTERN_LOG_INFO] = LOG_LEVEL_INFO, [POSTERN_LOG_DEBUG] = LOG_LEVEL_DEBUG
	};
	const char *plugin = current.plugin != NULL ? current.plugin : "?";

	if ((unsigned)level > POSTERN_LOG_DEBUG)
		level = POSTERN_LOG_ERROR;
	log_write(levels[level], "plugin %s: %s", plugin, text != NULL ? text : "(nothing)");
}

static int64_t host_now(void)
{
	return clock_now(current.clock != NULL ? current.clock : &clock_system);
}

enum postern_status host_trouble(struct postern_ctx *ctx, enum postern_status status, const char *reason)
{
	/* What is worse explains more, but nothing explains less than what was said before. */
	if (ctx->reason == NULL || (status > ctx->trouble && reason != NULL))
		ctx->reason = reason;
	if (status > ctx->trouble)
		ctx->trouble = status;
	return status;
}

const struct postern_host postern_host_table = {
	.size = sizeof(struct postern_host),
	.abi_major = POSTERN_ABI_MAJOR,
	.abi_minor = POSTERN_ABI_MINOR,
	.log = host_log,
	.now = host_now,
	.conf_string = host_conf_string,
	.conf_int = host_conf_int,
	.conf_bool = host_conf_bool,
	.conf_number = host_conf_number,
	.conf_list_count = host_conf_list_count,
	.conf_list_item = host_conf_list_item,
	.conf_file = host_conf_file,
	.conf_error = host_conf_error,
	.patterns_compile = host_patterns_compile,
	.patterns_free = host_patterns_free,
	.patterns_match = host_patterns_match,
	.alloc = host_alloc,
	.message = host_message,
	.recipient = host_recipient,
	.header_count = host_header_count,
	.header = host_header,
	.header_find = host_header_find,
	.text_count = host_text_count,
	.text = host_text,
	.url_count = host_url_count,
	.url = host_url,
	.address_count = host_address_count,
	.address = host_address,
	.id_count = host_id_count,
	.id = host_id,
	.attachment_count = host_attachment_count,
	.attachment = host_attachment,
	.profile = host_profile,
	.finding = host_finding,
	.label = host_label,
	.mark = host_mark,
	.kind = host_kind,
	.start_clock = host_start_clock,
	.counter = host_counter,
	.original = host_original,
	.disguise_count = host_disguise_count,
	.disguise = host_disguise,
	.alternative = host_alternative,
	.quotes = host_quotes,
	.image_count = host_image_count,
	.image = host_image,
	.inbound = host_inbound,
	.market_count = host_market_count,
	.market = host_market,
	.market_profile = host_market_profile,
	.address_market = host_address_market,
	.fact_count = host_fact_count,
	.fact = host_fact,
	.patterns_match_some = host_patterns_match_some,
	.support = host_support,
	.window = host_window,
	.clock_due = host_clock_due,
	.fail = host_fail,
	.model_compile = host_model_compile,
	.model_free = host_model_free,
	.model_weigh = host_model_weigh,
	.patterns_may = host_patterns_may,
	.patterns_match_until = host_patterns_match_until,
};
