/* A command that is run in a directory: Mesos has no word for where to run one, so a shell of the image goes there and
 * becomes the command. As with container runtimes, a directory that is not there is made.
 */
#ifndef TRANSLATE_WORKING_DIR_H
#define TRANSLATE_WORKING_DIR_H

#include <stddef.h>

#define WORKING_DIR_WORDS 4

/* The words before those of the command; 0 when the container's working directory is the image's (`directory` NULL). */
size_t working_dir_words(const char *directory, const char *ret[WORKING_DIR_WORDS]);
/* A command with those before it: `*ret_n` texts and a NULL; texts_free. */
char **working_dir_command(const char *directory, const char *const *command, size_t n, size_t *ret_n);

#endif
