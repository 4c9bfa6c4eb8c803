/* Options of a program as one table of rows, from which parsing, --help, the reference and a sample file are made.
 *
 * A value comes from the row's default, then the configuration file (YAML, one mapping of option names), then the flags
 * (--name value, --name=value, --name and --no-name for bools); the last one wins. A list given as flags (commas inside
 * or the flag repeated) replaces the file's. Every error is one sentence that names the option and where it was given.
 *
 * The engine is told by OPTION_CONFIG which option names the file, and stops at the first OPTION_ACTION flag.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define OPTIONS_MAX 128	     /* rows */
#define OPTION_TEXT_MAX 4096 /* bytes of one value, of one element of a list */
#define OPTION_LIST_MAX 256  /* elements */

/* In brackets: the member of the settings struct, what min and max mean. */
enum option_type {
	OPTION_STRING,	 /* (char *, owned; NULL when neither given nor with default) */
	OPTION_FILE,	 /* (char *) a path, not opened here. Secrets are only taken this way */
	OPTION_LIST,	 /* (struct option_list; min and max elements) */
	OPTION_INT,	 /* (int64_t) */
	OPTION_DECIMAL,	 /* (int64_t in thousandths) at most three decimals: "0.25" */
	OPTION_DURATION, /* (int64_t in milliseconds) "1h30m", see duration.h */
	OPTION_BOOL,	 /* (bool) */
	OPTION_CHOICE,	 /* (int, index into choices) */
	OPTION_CONFIG,	 /* (char *) the configuration file; a flag only */
	OPTION_ACTION,	 /* a flag only: options_load answers `min` (above 0) and does nothing else */
};

struct option_list {
	char **items;
	size_t n;
};

struct option {
	const char *name; /* as a flag without dashes, as a key in the file */
	enum option_type type;
	const char *initial;	    /* the default as text; NULL: none */
	int64_t min, max;	    /* see the types; both 0: any */
	const char *const *choices; /* NULL at the end */
	bool required;
	const char *group; /* heading; rows of a group stand together */
	const char *help;  /* plain sentences, no line breaks */
	size_t offset;	   /* of the member */
};

struct options {
	const struct option *rows;
	size_t n;
	const char *program, *summary;
};

/* Fills `settings`, whose members the table names must be zero. 0, the number of an action, or -1; the members belong
 * to the caller (options_done) in every case. */
int options_load(const struct options *table, int argc, const char *const *argv, void *settings, struct err *e);
/* Frees what options_load put there and zeroes it. */
void options_done(const struct options *table, void *settings);

/* The texts for people; whole lines. `out` must be large enough (256 bytes a row and its help). */
void options_help(const struct options *table, struct buf *out);
void options_markdown(const struct options *table, struct buf *out);
/* A configuration file with every option as a comment: its help, its default. */
void options_sample(const struct options *table, struct buf *out);

#endif
