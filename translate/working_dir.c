#include "translate/working_dir.h"

#include "base/mem.h"

#define ENTER "cd \"$0\" 2>/dev/null || mkdir -p \"$0\" && cd \"$0\" && exec \"$@\""

size_t working_dir_words(const char *directory, const char *ret[WORKING_DIR_WORDS])
{
	if (!directory) {
		return 0;
	}
	ret[0] = "/bin/sh";
	ret[1] = "-c";
	ret[2] = ENTER;
	ret[3] = directory;
	return WORKING_DIR_WORDS;
}

char **working_dir_command(const char *directory, const char *const *command, size_t n, size_t *ret_n)
{
	const char *words[WORKING_DIR_WORDS];
	size_t before = working_dir_words(directory, words);
	char **all = xcalloc(before + n + 1, sizeof(*all));
	for (size_t i = 0; i < before + n; i++) {
		all[i] = xstrdup(i < before ? words[i] : command[i - before]);
	}
	*ret_n = before + n;
	return all;
}
