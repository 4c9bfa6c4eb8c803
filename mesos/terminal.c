#include "mesos/terminal.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#define SET_SIZE "{ [ \"$(stty size)\" = '0 0' ] && stty rows %u columns %u; } 2>/dev/null; exec \"$0\" \"$@\""
#define BEFORE 3 /* the shell, -c, and what it does first */

static bool is_shell(const char *program)
{
	static const char *const names[] = {"sh", "bash", "ash", "dash", "ksh", "mksh", "zsh"};
	const char *slash = strrchr(program, '/');
	const char *name = slash ? slash + 1 : program;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0) {
			return true;
		}
	}
	return false;
}

char **terminal_command(const char *const *words, size_t n, uint16_t columns, uint16_t rows, size_t *ret_n)
{
	size_t before = columns && rows && is_shell(words[0]) ? BEFORE : 0;
	char **all = xcalloc(before + n + 1, sizeof(*all));
	if (before) {
		all[0] = xstrdup(words[0]);
		all[1] = xstrdup("-c");
		all[2] = xasprintf(SET_SIZE, rows, columns);
	}
	for (size_t i = 0; i < n; i++) {
		all[before + i] = xstrdup(words[i]);
	}
	*ret_n = before + n;
	return all;
}
