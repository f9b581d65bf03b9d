/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postern-extract: reads one file from standard input and writes the text,
 * links and names in it to standard output, as records. It is a program of
 * its own so that a parser that a hostile file breaks takes nothing along.
 */
#include "extract/program/work.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
/* Honest spreadsheets shrink to a fiftieth; a bomb to a thousandth. */
#define RATIO_MAX 200
#define RATIO_FROM (32 * MIB)

static bool is_ole_name(const char *data, size_t size, const char *name)
{
	char wide[128];
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++) {
		wide[2 * i] = name[i];
		wide[2 * i + 1] = '\0';
	}
	return memmem(data, size, wide, 2 * n) != NULL;
}

static void read_ole(struct work *work, const char *data, size_t size)
{
	if (is_ole_name(data, size, "_VBA_PROJECT") || is_ole_name(data, size, "Macros"))
		out_fact(work, FACT_MACROS);
	out_fact(work, is_ole_name(data, size, "EncryptedPackage") ? FACT_ENCRYPTED : FACT_LEGACY);
}

/* Where the module is there but can't be loaded the program ends, so that the file is an unread one. */
static void *symbol_or_end(const char *module, const char *symbol)
{
	char path[4096] = "";
	void *function = module_path(module, path, sizeof(path)) ? module_symbol(module, symbol) : NULL;

	if (function == NULL && path[0] != '\0' && access(path, R_OK) == 0)
		_exit(1);
	return function;
}

static void archive_or_end(struct work *work, const char *data, size_t size, struct sniff type, unsigned level)
{
	void *symbol = symbol_or_end(MODULE_ARCHIVE, "read_archive");
	read_archive_fn *function;

	/* Each build has it. */
	if (symbol == NULL)
		_exit(1);
	memcpy(&function, &symbol, sizeof(function));
	function(work, data, size, type, level);
}

static void pdf_or_not(struct work *work, const char *data, size_t size, unsigned level)
{
	void *symbol = symbol_or_end(MODULE_PDF, "read_pdf");
	read_pdf_fn *function;

	memcpy(&function, &symbol, sizeof(function));
	if (function != NULL)
		function(work, data, size, level);
	else
		out_fact(work, FACT_LEGACY);
}

static void codes_or_not(struct work *work, const char *data, size_t size, struct sniff type)
{
	void *symbol = symbol_or_end(MODULE_CODES, "read_codes");
	read_codes_fn *function;

	memcpy(&function, &symbol, sizeof(function));
	if (function != NULL)
		function(work, data, size, type);
}

void read_file(struct work *work, const char *data, size_t size, unsigned level)
{
	struct sniff type = sniff_type(data, size);

	if (work->full)
		return;
	if (strcmp(type.name, "pdf") == 0)
		pdf_or_not(work, data, size, level);
	else if (strcmp(type.name, "rtf") == 0)
		read_rtf(work, data, size);
	else if (strcmp(type.name, "ole") == 0)
		read_ole(work, data, size);
	else if (type.kind == SNIFF_ARCHIVE || type.kind == SNIFF_DOCUMENT)
		archive_or_end(work, data, size, type, level);
	else if (strcmp(type.name, "html") == 0 || strcmp(type.name, "svg") == 0)
		out_record(work, "html", data, size);
	else if (strcmp(type.name, "xml") == 0)
		read_office_xml(work, "", data, size);
	else if (type.kind == SNIFF_TEXT)
		out_text(work, data, size);
	else if (type.kind == SNIFF_IMAGE && work->codes && strcmp(type.name, "tiff") != 0)
		codes_or_not(work, data, size, type);
}

/* Standard input as a whole. */
static bool input_read(struct text *in)
{
	char buffer[65536];
	ssize_t n;

	while ((n = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0)
		text_add(in, buffer, (size_t)n);
	return n == 0;
}

static size_t megabytes(const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);

	return (n < 1 ? 1 : n > 65536 ? 65536 : n) * MIB;
}

static void usage(FILE *out)
{
	fputs("usage: postern-extract [-q] [-m MEGABYTES] [-u MEGABYTES] [-o MEGABYTES] [-t SECONDS] < FILE\n"
	    "\n"
	    "  -q  look for QR codes in images\n"
	    "  -m  memory (512)\n"
	    "  -u  unpacked bytes, over all levels of archives (128)\n"
	    "  -o  bytes written (8)\n"
	    "  -t  processor time (10)\n"
	    "  -V  what this build reads\n", out);
}

static void abilities(void)
{
	char path[4096];

	printf("%srtf%s%s\n", module_path(MODULE_ARCHIVE, path, sizeof(path)) ? "office archives " : "",
	    module_path(MODULE_PDF, path, sizeof(path)) ? " pdf" : "",
	    module_path(MODULE_CODES, path, sizeof(path)) ? " codes" : "");
}

int main(int argc, char **argv)
{
	struct work work = {.max_unpacked = 128 * MIB, .max_files = 2000, .max_levels = 4, .max_output = 8 * MIB};
	struct text in = {.max = (size_t)256 << 20};
	size_t memory = 512 * MIB;
	unsigned seconds = 10;
	int c;

	while ((c = getopt(argc, argv, "qm:u:o:t:Vh")) != -1) {
		switch (c) {
		case 'q': work.codes = true; break;
		case 'm': memory = megabytes(optarg); break;
		case 'u': work.max_unpacked = megabytes(optarg); break;
		case 'o': work.max_output = megabytes(optarg); break;
		case 't': seconds = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'V': abilities(); return 0;
		case 'h': usage(stdout); return 0;
		default: usage(stderr); return 2;
		}
	}
	/* names in archives are turned into UTF-8 */
	setlocale(LC_CTYPE, "C.UTF-8");
	if (sandbox_enter(memory, seconds) != 0 || !input_read(&in))
		return 1;
	if (in.len < work.max_unpacked / RATIO_MAX && work.max_unpacked > RATIO_FROM)
		work.max_unpacked = in.len * RATIO_MAX > RATIO_FROM ? in.len * RATIO_MAX : RATIO_FROM;
	out_str(&work, "type", sniff_type(in.data != NULL ? in.data : "", in.len).name);
	read_file(&work, in.data != NULL ? in.data : "", in.len, 0);
	/* its absence tells that something was lost */
	puts("end 0\n");
	return fflush(stdout) == 0 ? 0 : 1;
}
