/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The service desk in numbers. Shops are labels by their configured names only: the store calls others by their mail
 * address, which no monitoring should keep, and there may be any number of them.
 */
#include "daemon/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "daemon/metrics_text.h"
#include "desk/rate.h"
#include "policy/profile.h"

#define HOUR 3600
#define DAY 86400
/* Prometheus asks every 15 to 60 s, and perhaps two of them do. */
#define THREADS_MS 10000
/* A rate is of weeks, and costs more than the inbox's counts, which lie along an index. */
#define RATES_MS 60000
/* Where the profile says not over how long, as for alerts of the rate. */
#define WINDOW_DAYS 30

struct asking {
	struct service *service;
	const struct config *config;
	const struct profiles *profiles;
	int64_t now;
	struct buf *out;
};

/* ---- threads -------------------------------------------------------------------------- */

enum thread_number { THREADS_OPEN, THREADS_DUE_HOUR, THREADS_OVERDUE, THREADS_NUMBERS };

static const struct {
	const char *name, *help;
} thread_families[THREADS_NUMBERS] = {
	{"postern_threads_open", "Threads with an inquiry that waits for its answer."},
	{"postern_threads_due_hour", "Of these: due within the next hour."},
	{"postern_threads_overdue", "Of these: past their time."},
};

/* Of a shop, or of all (NULL). */
static int count_threads(const struct asking *a, const char *shop, const char *market, int64_t number_r[THREADS_NUMBERS],
    struct diag *d)
{
	struct store_counts now, later;

	if (store_counts(a->service->store, shop, market, a->now, &now, d) == -1 ||
	    store_counts(a->service->store, shop, market, a->now + HOUR, &later, d) == -1)
		return -1;
	number_r[THREADS_OPEN] = now.unanswered;
	/* Between two looks something may have been answered. */
	number_r[THREADS_DUE_HOUR] = later.overdue > now.overdue ? later.overdue - now.overdue : 0;
	number_r[THREADS_OVERDUE] = now.overdue;
	return 0;
}

static void add_threads(struct buf families[THREADS_NUMBERS], const char *market, const char *shop,
    const int64_t number[THREADS_NUMBERS])
{
	const struct metrics_label labels[] = {{"marketplace", market}, {"shop", shop}};

	for (size_t i = 0; i < THREADS_NUMBERS; i++)
		metrics_sample(&families[i], thread_families[i].name, labels, 2, number[i] > 0 ? (double)number[i] : 0);
}

static int ask_market(const struct asking *a, const char *market, struct buf families[THREADS_NUMBERS], struct diag *d)
{
	int64_t rest[THREADS_NUMBERS], number[THREADS_NUMBERS];

	if (count_threads(a, NULL, market, rest, d) == -1)
		return -1;
	for (size_t i = 0; i < a->config->shop_count; i++) {
		if (count_threads(a, a->config->shops[i].name, market, number, d) == -1)
			return -1;
		for (size_t n = 0; n < THREADS_NUMBERS; n++)
			rest[n] -= number[n];
		add_threads(families, market, a->config->shops[i].name, number);
	}
	add_threads(families, market, "", rest);
	return 0;
}

static int ask_threads(const struct asking *a, struct diag *d)
{
	struct buf families[THREADS_NUMBERS] = {{0}};
	int rc = 0;

	for (size_t i = 0; i < profiles_count(a->profiles) && rc == 0; i++)
		rc = ask_market(a, marketplace_name(profiles_get(a->profiles, i)), families, d);
	for (size_t i = 0; i < THREADS_NUMBERS; i++) {
		metrics_family(a->out, thread_families[i].name, "gauge", thread_families[i].help);
		buf_add_slice(a->out, buf_slice(&families[i]));
		a->out->failed = a->out->failed || families[i].failed;
		buf_free(&families[i]);
	}
	return rc;
}

/* ---- rates ---------------------------------------------------------------------------- */

struct rates {
	const struct config *config;
	struct desk_rate *rate; /* a configured shop each, then the rest */
};

static int add_rate(void *arg, const char *group, const struct desk_rate *rate)
{
	struct rates *rates = arg;
	size_t i = 0;

	while (i < rates->config->shop_count && strcmp(rates->config->shops[i].name, group) != 0)
		i++;
	rates->rate[i].counted += rate->counted;
	rates->rate[i].in_time += rate->in_time;
	rates->rate[i].missed += rate->missed;
	rates->rate[i].open += rate->open;
	return 0;
}

struct rate_families {
	struct buf ratio, counted, misses_left, line;
};

static void write_rate(struct rate_families *f, const struct metrics_label labels[2], const struct desk_rate *rate, int percent)
{
	metrics_sample(&f->counted, "postern_response_counted", labels, 2, (double)rate->counted);
	if (rate->counted == 0)
		return;
	metrics_sample(&f->ratio, "postern_response_ratio", labels, 2, (double)rate->in_time / (double)rate->counted);
	if (percent > 0) {
		int64_t left = desk_rate_misses_left(rate, (unsigned)percent);

		metrics_sample(&f->misses_left, "postern_response_misses_left", labels, 2, left > 0 ? (double)left : 0);
	}
}

static int ask_rate(const struct asking *a, const struct marketplace *market, struct rate_families *f, struct diag *d)
{
	size_t count = a->config->shop_count + 1;
	struct rates rates = {a->config, calloc(count, sizeof(*rates.rate))};
	struct store_rate_filter filter = {.marketplace = marketplace_name(market), .until = a->now,
	    .group_by = STORE_GROUP_SHOP};
	struct rate_line line = {0};
	int rc;

	if (rates.rate == NULL)
		return diag_add(d, "out of memory");
	marketplace_rate_line(market, a->now, &line);
	filter.since = a->now - (int64_t)(line.days > 0 ? line.days : WINDOW_DAYS) * DAY;
	rc = store_rate(a->service->store, &filter, add_rate, &rates, d);
	for (size_t i = 0; i < count && rc == 0; i++) {
		const struct metrics_label labels[] = {{"marketplace", filter.marketplace},
		    {"shop", i + 1 < count ? a->config->shops[i].name : ""}};

		write_rate(f, labels, &rates.rate[i], line.percent);
	}
	if (line.percent > 0)
		metrics_sample(&f->line, "postern_response_line_ratio", &(struct metrics_label){"marketplace", filter.marketplace},
		    1, line.percent / 100.0);
	free(rates.rate);
	return rc;
}

static void add_family(struct buf *out, const char *name, const char *help, struct buf *samples)
{
	metrics_family(out, name, "gauge", help);
	buf_add_slice(out, buf_slice(samples));
	out->failed = out->failed || samples->failed;
	buf_free(samples);
}

static int ask_rates(const struct asking *a, struct diag *d)
{
	struct rate_families f = {.ratio = {0}};
	int rc = 0;

	for (size_t i = 0; i < profiles_count(a->profiles) && rc == 0; i++)
		rc = ask_rate(a, profiles_get(a->profiles, i), &f, d);
	add_family(a->out, "postern_response_ratio", "Inquiries answered in time, of those counted in the marketplace's window.",
	    &f.ratio);
	add_family(a->out, "postern_response_counted", "Inquiries that count in that window.", &f.counted);
	add_family(a->out, "postern_response_line_ratio", "Below which ratio the marketplace acts.", &f.line);
	add_family(a->out, "postern_response_misses_left", "Misses in a row before the ratio is below that line.", &f.misses_left);
	return rc;
}

/* ---- both, at their times -------------------------------------------------------------- */

/* Asks again when it was long enough ago. What can't be read is left out, never told as it was. */
static bool refresh(struct asking *a, struct buf *kept, int64_t *asked_ms, int64_t every_ms,
    int (*ask)(const struct asking *, struct diag *))
{
	int64_t now_ms = clock_monotonic_ms();
	struct diag d = {0};

	if (kept->len > 0 && now_ms - *asked_ms < every_ms)
		return true;
	buf_free(kept);
	a->out = kept;
	if (ask(a, &d) == 0 && !kept->failed) {
		*asked_ms = now_ms;
		return true;
	}
	log_debug("metrics: the store can't be read: %s", d.len > 0 ? d.text : "out of memory");
	buf_free(kept);
	return false;
}

void metrics_desk_write(struct service *service, struct metrics_memory *memory, struct buf *out)
{
	struct site *site = service_site(service);
	struct asking a = {service, site->config, generation_profiles(site->generation), clock_now(&clock_system), NULL};
	bool threads = refresh(&a, &memory->threads, &memory->threads_ms, THREADS_MS, ask_threads);
	bool rates = refresh(&a, &memory->rates, &memory->rates_ms, RATES_MS, ask_rates);

	buf_add_slice(out, buf_slice(&memory->threads));
	buf_add_slice(out, buf_slice(&memory->rates));
	metrics_gauge(out, "postern_desk_up", "0 when the numbers of threads and rates could not be read from the store.",
	    threads && rates ? 1 : 0);
	site_unref(&site);
}
