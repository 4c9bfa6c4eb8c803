/* A command on a terminal that has a size from its beginning.
 *
 * Mesos makes every terminal with no size (0 by 0), whatever `tty_info` of the launch says, and sets one only when it
 * is told so later, when the command runs already. A shell can set it itself, first of all; so where the program is
 * one, it is asked to, and becomes the command then. Any other program begins without a size and gets it as a change of
 * size. Source: recording 14 of Mesos 1.12 (launched with 40 by 100, "stty size" says 0 0).
 */
#ifndef MESOS_TERMINAL_H
#define MESOS_TERMINAL_H

#include <stddef.h>
#include <stdint.h>

/* The words that stand for these: `*ret_n` texts and a NULL; texts_free. A size with a 0 in it is none. Without stty in
 * the container, and where a size is set already, the shell sets none. */
char **terminal_command(const char *const *words, size_t n, uint16_t columns, uint16_t rows, size_t *ret_n);

#endif
