/* Values and types of options as words: shared by the parser (options.c) and the writers of help (options_text.c). */
#ifndef BASE_OPTIONS_TEXT_H
#define BASE_OPTIONS_TEXT_H

#include "base/options.h"

#define OPTION_VALUE_TEXT_MAX 48

/* A number as the option's type writes it; int, decimal and duration only. Returns out. */
const char *option_value_text(const struct option *o, int64_t value, char out[OPTION_VALUE_TEXT_MAX]);
/* -1: no such number. */
int option_value_parse(const struct option *o, const char *text, int64_t *ret);

/* What the type wants: "a whole number", "text", "true or false", … */
const char *option_type_text(const struct option *o);

#endif
