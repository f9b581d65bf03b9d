/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The current generation and its exchange. Readers take a reference under a
 * lock that is held for a few instructions; building a new generation happens
 * outside of it, so there is never a moment without rules.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "engine/generation.h"

struct engine {
	char *config_path;
	pthread_mutex_t lock;   /* of current */
	pthread_mutex_t reload; /* one at a time */
	struct generation *current;
};

static struct generation *load_tested(const char *path, unsigned number, struct diag *d)
{
	struct generation *generation = generation_load(path, number, d);
	size_t run;

	if (generation != NULL && generation_test_rules(generation, &run, d) != 0)
		generation_unref(&generation);
	return generation;
}

struct engine *engine_new(const char *config_path, struct diag *d)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL || (engine->config_path = strdup(config_path)) == NULL) {
		diag_add(d, "out of memory");
		free(engine);
		return NULL;
	}
	pthread_mutex_init(&engine->lock, NULL);
	pthread_mutex_init(&engine->reload, NULL);
	engine->current = load_tested(config_path, 1, d);
	if (engine->current == NULL)
		engine_free(&engine);
	return engine;
}

void engine_free(struct engine **engine)
{
	struct engine *e = *engine;

	if (e == NULL)
		return;
	generation_unref(&e->current);
	pthread_mutex_destroy(&e->reload);
	pthread_mutex_destroy(&e->lock);
	free(e->config_path);
	free(e);
	*engine = NULL;
}

struct generation *engine_current(struct engine *engine)
{
	struct generation *generation;

	pthread_mutex_lock(&engine->lock);
	generation = generation_ref(engine->current);
	pthread_mutex_unlock(&engine->lock);
	return generation;
}

int engine_reload(struct engine *engine, unsigned *number_r, struct diag *d)
{
	struct generation *next, *old;
	unsigned number;

	pthread_mutex_lock(&engine->reload);
	number = generation_number(engine->current);
	next = load_tested(engine->config_path, number + 1, d);
	if (next != NULL) {
		pthread_mutex_lock(&engine->lock);
		old = engine->current;
		engine->current = next;
		pthread_mutex_unlock(&engine->lock);
		generation_unref(&old);
		number++;
	}
	pthread_mutex_unlock(&engine->reload);
	*number_r = number;
	return next != NULL ? 0 : -1;
}
