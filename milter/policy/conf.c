/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the configuration syntax into a tree. Written for this purpose, since the things that
 * administrators and compliance officers need are the things that libconfuse does not do: it stops at
 * the first problem, takes the last of two equal keys, silently replaces a section by a later one with
 * the same title (which dated values need), expands ${VAR}, accepts a string that never ends, and keeps
 * its state in globals. Recovery after a problem is by line: the rest of the line is skipped.
 */
#include "policy/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"

#define CONF_FILE_MAX ((size_t)4 << 20)
#define CONF_DEPTH_MAX 8
#define CONF_CHILDREN_MAX 4096
#define CONF_PROBLEMS_MAX 100

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_PUNCT, TOKEN_BAD };

struct token {
	enum token_kind kind;
	char punct;
	char *text; /* WORD and STRING */
	int line;
};

struct parser {
	struct arena *arena;
	struct diag *d;
	char *file;
	struct slice text;
	size_t pos;
	int line;
	struct token token; /* the current one */
	unsigned problems;
	bool memory_out;
};

__attribute__((format(printf, 3, 4)))
static void parse_problem(struct parser *p, int line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (p->problems++ >= CONF_PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_at(p->d, p->file, line, "%s", text);
}

static int peek(const struct parser *p, size_t offset)
{
	return p->pos + offset < p->text.len ? (unsigned char)p->text.ptr[p->pos + offset] : -1;
}

static void skip_line(struct parser *p)
{
	while (p->pos < p->text.len && p->text.ptr[p->pos] != '\n')
		p->pos++;
}

static void skip_block_comment(struct parser *p)
{
	int start = p->line;

	for (p->pos += 2; p->pos < p->text.len; p->pos++) {
		if (peek(p, 0) == '*' && peek(p, 1) == '/') {
			p->pos += 2;
			return;
		}
		if (peek(p, 0) == '\n')
			p->line++;
	}
	parse_problem(p, start, "comment without end: '*/' is missing");
}

static void skip_space(struct parser *p)
{
	for (;;) {
		int c = peek(p, 0);

		if (c == '\n')
			p->line++;
		if (c == '\n' || c == ' ' || c == '\t' || c == '\r')
			p->pos++;
		else if (c == '#' || (c == '/' && peek(p, 1) == '/'))
			skip_line(p);
		else if (c == '/' && peek(p, 1) == '*')
			skip_block_comment(p);
		else
			return;
	}
}

static void token_text(struct parser *p, enum token_kind kind, const char *text, size_t len)
{
	p->token.kind = kind;
	p->token.text = arena_memdup(p->arena, text, len);
	if (p->token.text == NULL) {
		p->memory_out = true;
		p->token.kind = TOKEN_END;
	}
}

static bool expands(struct slice s)
{
	return slice_find(s, SLICE_LIT("${")) >= 0;
}

#define EXPAND_TEXT "'${' is not expanded: write the value itself (or use single quotes for a literal '${')"

/* The character that a backslash and c stand for; -1: none. */
static int escaped(int c)
{
	switch (c) {
	case '"': return '"';
	case '\\': return '\\';
	case 'n': return '\n';
	case 't': return '\t';
	default: return -1;
	}
}

static void unescape(struct parser *p, struct slice raw)
{
	char *out = p->token.text;
	size_t len = 0;

	for (size_t i = 0; i < raw.len; i++) {
		int c;

		if (raw.ptr[i] != '\\' || i + 1 == raw.len) {
			out[len++] = raw.ptr[i];
			continue;
		}
		c = escaped(raw.ptr[++i]);
		if (c < 0) {
			parse_problem(p, p->line, "unknown escape '\\%c' in double quotes: "
			    "put regular expressions in single quotes", raw.ptr[i]);
			c = raw.ptr[i];
		}
		out[len++] = (char)c;
	}
	out[len] = '\0';
}

/* 'text': only \' is special, so that regular expressions can be written as they are. */
static void unquote(struct parser *p, struct slice raw)
{
	char *out = p->token.text;
	size_t len = 0;

	for (size_t i = 0; i < raw.len; i++) {
		if (raw.ptr[i] == '\\' && i + 1 < raw.len && raw.ptr[i + 1] == '\'')
			i++;
		out[len++] = raw.ptr[i];
	}
	out[len] = '\0';
}

static void read_string(struct parser *p, char quote)
{
	size_t start = ++p->pos;
	struct slice raw;

	while (p->pos < p->text.len && p->text.ptr[p->pos] != '\n' && p->text.ptr[p->pos] != quote)
		p->pos += p->text.ptr[p->pos] == '\\' && peek(p, 1) > 0 && peek(p, 1) != '\n' ? 2 : 1;
	raw = slice_sub(p->text, start, p->pos - start);
	if (peek(p, 0) != quote) {
		parse_problem(p, p->line, "string without end: a closing %c is missing", quote);
		p->token.kind = TOKEN_BAD;
		return;
	}
	p->pos++;
	if (memchr(raw.ptr, '\0', raw.len) != NULL)
		parse_problem(p, p->line, "NUL byte in a string");
	token_text(p, TOKEN_STRING, raw.ptr, raw.len);
	if (p->token.kind != TOKEN_STRING)
		return;
	if (quote == '\'') {
		unquote(p, raw);
		return;
	}
	if (expands(raw))
		parse_problem(p, p->line, EXPAND_TEXT);
	unescape(p, raw);
}

static bool word_char(int c)
{
	return c > ' ' && c != 127 && strchr("{}=,;\"'#()", c) == NULL;
}

static void read_word(struct parser *p)
{
	size_t start = p->pos;
	struct slice word;

	while (word_char(peek(p, 0)))
		p->pos++;
	word = slice_sub(p->text, start, p->pos - start);
	/* "a += b" and "a=b" alike: the sign is no part of the name. */
	if (word.len > 1 && word.ptr[word.len - 1] == '+' && peek(p, 0) == '=')
		p->pos--, word.len--;
	if (word.ptr[word.len - 1] == '$' && peek(p, 0) == '{')
		parse_problem(p, p->line, EXPAND_TEXT);
	token_text(p, TOKEN_WORD, word.ptr, word.len);
}

static void next_token(struct parser *p)
{
	int c;

	skip_space(p);
	p->token = (struct token){.kind = TOKEN_END, .line = p->line};
	c = peek(p, 0);
	if (c < 0)
		return;
	if (c == '"' || c == '\'') {
		read_string(p, (char)c);
	} else if (c != '+' && word_char(c)) {
		read_word(p);
	} else if (strchr("{}=,;+()", c) != NULL && c != 0) {
		p->token.kind = TOKEN_PUNCT;
		p->token.punct = (char)c;
		p->pos++;
	} else {
		parse_problem(p, p->line, "unexpected byte 0x%02x", (unsigned)c);
		p->token.kind = TOKEN_BAD;
		p->pos++;
	}
}

static bool at(const struct parser *p, char punct)
{
	return p->token.kind == TOKEN_PUNCT && p->token.punct == punct;
}

/* Goes on at the next line, where the next key is likely to stand. */
static void recover(struct parser *p)
{
	if (p->token.kind != TOKEN_END && p->token.line == p->line)
		skip_line(p);
	next_token(p);
}

static const char *token_name(const struct parser *p, char *out, size_t size)
{
	switch (p->token.kind) {
	case TOKEN_END: return "the end of the file";
	case TOKEN_BAD: return "something unreadable";
	case TOKEN_PUNCT: snprintf(out, size, "'%c'", p->token.punct); break;
	case TOKEN_WORD: snprintf(out, size, "'%.60s'", p->token.text); break;
	case TOKEN_STRING: snprintf(out, size, "the text \"%.60s\"", p->token.text); break;
	}
	return out;
}

static struct conf_node *node_new(struct parser *p, struct conf_node *parent, const struct token *name)
{
	struct conf_node *node = arena_alloc(p->arena, sizeof(*node));

	if (node == NULL) {
		p->memory_out = true;
		return NULL;
	}
	node->name = name->text;
	node->file = p->file;
	node->line = name->line;
	if (++parent->child_count > CONF_CHILDREN_MAX) {
		parse_problem(p, name->line, "more than %d entries in one section", CONF_CHILDREN_MAX);
		p->memory_out = true; /* no use in reading on */
		return NULL;
	}
	if (parent->last != NULL)
		parent->last->next = node;
	else
		parent->children = node;
	parent->last = node;
	return node;
}

static bool add_value(struct parser *p, struct conf_node *key, struct conf_value ***tail)
{
	struct conf_value *value;

	if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_STRING)
		return false;
	value = arena_alloc(p->arena, sizeof(*value));
	if (value == NULL) {
		p->memory_out = true;
		return false;
	}
	value->text = p->token.text;
	value->line = p->token.line;
	**tail = value;
	*tail = &value->next;
	key->value_count++;
	next_token(p);
	return true;
}

static void parse_list(struct parser *p, struct conf_node *key)
{
	struct conf_value **tail = &key->values;
	char found[80];

	next_token(p);
	while (!at(p, '}')) {
		if (!add_value(p, key, &tail)) {
			if (p->token.kind != TOKEN_BAD)
				parse_problem(p, p->token.line, "expected a value or '}' in the list of '%s', found %s",
				    key->name, token_name(p, found, sizeof(found)));
			recover(p);
			return;
		}
		if (at(p, ',')) {
			next_token(p);
		} else if (p->token.kind == TOKEN_STRING || p->token.kind == TOKEN_WORD) {
			parse_problem(p, p->token.line, "missing ',' before %s in the list of '%s'",
			    token_name(p, found, sizeof(found)), key->name);
		}
	}
	next_token(p);
}

/* ", b, c" after a value: the braces of a list were forgotten. */
static void skip_values(struct parser *p)
{
	while (at(p, ',')) {
		next_token(p);
		if (p->token.kind == TOKEN_WORD || p->token.kind == TOKEN_STRING)
			next_token(p);
	}
}

static void parse_key(struct parser *p, struct conf_node *parent, const struct token *name)
{
	struct conf_node *key = node_new(p, parent, name);
	struct conf_value **tail;
	char found[80];

	if (key == NULL)
		return;
	next_token(p); /* past '=' */
	if (at(p, '{')) {
		parse_list(p, key);
		return;
	}
	tail = &key->values;
	if (p->token.line != name->line && p->token.kind != TOKEN_BAD) {
		parse_problem(p, name->line, "missing value after '%s ='", name->text);
		return;
	}
	if (!add_value(p, key, &tail)) {
		if (p->token.kind != TOKEN_BAD)
			parse_problem(p, name->line, "expected a value after '%s =', found %s", name->text,
			    token_name(p, found, sizeof(found)));
		recover(p);
		return;
	}
	if (at(p, ';')) {
		parse_problem(p, p->token.line, "unexpected ';': entries end with the line");
		next_token(p);
	} else if (at(p, ',')) {
		parse_problem(p, p->token.line, "unexpected ',': several values are written %s = { a, b }", name->text);
		skip_values(p);
	}
}

static void parse_body(struct parser *p, struct conf_node *section, unsigned depth);

static void parse_section(struct parser *p, struct conf_node *parent, const struct token *name, char *title,
    unsigned depth)
{
	struct conf_node *section = node_new(p, parent, name);

	if (section == NULL)
		return;
	section->section = true;
	section->title = title;
	if (depth >= CONF_DEPTH_MAX) {
		parse_problem(p, name->line, "sections nested deeper than %d", CONF_DEPTH_MAX);
		p->memory_out = true;
		return;
	}
	next_token(p); /* past '{' */
	parse_body(p, section, depth + 1);
	if (!at(p, '}')) {
		if (!p->memory_out)
			parse_problem(p, name->line, "section '%s' without end: '}' is missing", name->text);
		return;
	}
	next_token(p);
}

static void parse_entry(struct parser *p, struct conf_node *section, unsigned depth)
{
	struct token name = p->token;
	char *title = NULL, found[80];

	next_token(p);
	if (at(p, '=')) {
		parse_key(p, section, &name);
		return;
	}
	if (at(p, '+')) {
		parse_problem(p, name.line, "'+=' is not known here: write the whole list after '%s ='", name.text);
		recover(p);
		return;
	}
	if ((p->token.kind == TOKEN_STRING || p->token.kind == TOKEN_WORD) && p->token.line == name.line) {
		title = p->token.text;
		next_token(p);
	}
	if (at(p, '{')) {
		parse_section(p, section, &name, title, depth);
		return;
	}
	if (title != NULL) {
		parse_problem(p, name.line, "missing '=' after '%s'", name.text);
		if (p->token.line == name.line && !at(p, '}'))
			recover(p);
		return;
	}
	if (p->token.kind == TOKEN_BAD)
		recover(p);
	else
		parse_problem(p, name.line, "expected '=' or '{' after '%s', found %s", name.text,
		    token_name(p, found, sizeof(found)));
}

static void parse_body(struct parser *p, struct conf_node *section, unsigned depth)
{
	char found[80];

	while (p->token.kind != TOKEN_END && !p->memory_out) {
		if (p->token.kind == TOKEN_WORD) {
			parse_entry(p, section, depth);
		} else if (at(p, '}')) {
			if (depth > 0)
				return;
			parse_problem(p, p->token.line, "unexpected '}': no section is open");
			next_token(p);
		} else {
			if (p->token.kind == TOKEN_STRING && depth > 0 && section->children == NULL && section->title == NULL)
				parse_problem(p, p->token.line, "expected a key, found %s: is '=' missing after '%s'?",
				    token_name(p, found, sizeof(found)), section->name);
			else if (p->token.kind != TOKEN_BAD)
				parse_problem(p, p->token.line, "expected a key or a section, found %s",
				    token_name(p, found, sizeof(found)));
			recover(p);
		}
	}
}

struct conf_node *conf_parse(struct arena *arena, const char *file, struct slice text, struct diag *d)
{
	struct parser p = {.arena = arena, .d = d, .text = text, .line = 1};
	struct conf_node *root = arena_alloc(arena, sizeof(*root));

	p.file = arena_strdup(arena, file);
	if (root == NULL || p.file == NULL) {
		diag_add(d, "%s: memory is out", file);
		return NULL;
	}
	root->section = true;
	root->file = p.file;
	root->line = 1;
	if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
		p.pos = 3;
	next_token(&p);
	parse_body(&p, root, 0);
	if (p.memory_out && p.problems == 0) {
		diag_add(d, "%s: memory is out", file);
		return NULL;
	}
	return p.problems == 0 ? root : NULL;
}

struct conf_node *conf_read(struct arena *arena, const char *path, struct sources *sources, struct diag *d)
{
	struct buf content = {0};
	struct conf_node *root = NULL;

	if (file_read(path, CONF_FILE_MAX, &content, d) == 0 &&
	    sources_add(sources, path, buf_slice(&content), d) == 0)
		root = conf_parse(arena, path, buf_slice(&content), d);
	buf_free(&content);
	return root;
}
