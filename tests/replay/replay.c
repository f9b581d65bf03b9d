/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plays scenarios: usage: replay CONFIG FOLDER DIR FILE.scn... CONFIG is the gateway's (tests/built-config), FOLDER has
 * people.txt and files/, DIR is for audit logs and stores. Each scenario runs against each kind of store.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "mail/message.h"
#include "play.h"
#include "vary.h"

#define MEMORY ((size_t)64 << 20)

struct run {
	struct generation *generation;
	const char *folder, *dir;
	size_t passed, failed;
};

static int play_file(struct play *play, const char *path, struct diag *d)
{
	struct script script;
	int rc = script_read(path, play->arena, &script, d);

	for (size_t i = 0; rc == 0 && i < script.count; i++)
		rc = play_step(play, &script.steps[i], d);
	return rc;
}

static int play_scenario(struct run *run, const struct store_kind *kind, const char *path, struct diag *d)
{
	struct world world;
	struct play *play = calloc(1, sizeof(*play));
	char people[1024], dir[1024];
	int rc = -1;

	snprintf(people, sizeof(people), "%s/people.txt", run->folder);
	snprintf(dir, sizeof(dir), "%s/world", run->dir);
	if (world_open(&world, run->generation, kind, dir, d) == 0 && play != NULL) {
		play->world = &world;
		play->arena = arena_new(MEMORY);
		play->folder = run->folder;
		rc = play->arena == NULL ? diag_add(d, "out of memory") : play_file(play, people, d);
		if (rc == 0)
			rc = play_file(play, path, d);
		if (rc == 0)
			rc = vary_check(play, path, d);
		play_free(play);
		arena_free(&play->arena);
	}
	world_close(&world);
	free(play);
	return rc;
}

static void run_scenario(struct run *run, const char *path)
{
	for (size_t i = 0; i < store_kind_count; i++) {
		struct diag d = {0};

		if (play_scenario(run, &store_kinds[i], path, &d) == 0) {
			run->passed++;
			continue;
		}
		run->failed++;
		printf("FAIL (%s) %s\n", store_kinds[i].name, d.text);
	}
}

int main(int argc, char **argv)
{
	struct run run = {0};
	struct diag d = {0};

	if (argc < 5) {
		fprintf(stderr, "usage: %s CONFIG FOLDER DIR FILE.scn...\n", argv[0]);
		return 2;
	}
	log_set_level(LOG_LEVEL_WARNING);
	message_init();
	run.generation = generation_load(argv[1], 1, &d);
	if (run.generation == NULL) {
		fprintf(stderr, "%s\n", d.text);
		return 2;
	}
	run.folder = argv[2];
	run.dir = argv[3];
	for (int i = 4; i < argc; i++)
		run_scenario(&run, argv[i]);
	generation_unref(&run.generation);
	printf("%zu passed, %zu failed (%d scenarios, %zu kinds of store)\n", run.passed, run.failed, argc - 4, store_kind_count);
	return run.failed > 0;
}
