/* The name of this process in an election: no other live process has it, and the next life of this one has the same, so
 * that it need not wait for its own lease to expire.
 *
 * Made of the host's name, the boot of its kernel, and the network namespace: what the containers of one pod, or the
 * processes of one machine, have in common, and nobody else. Among those the kernel gives an abstract socket to one at
 * a time and takes it back when that one is dead, however it died. Who does not get it has a random name.
 */
#ifndef ADAPTER_IDENTITY_H
#define ADAPTER_IDENTITY_H

/* `scope`: the lease. The text is to be free()d; *ret_fd keeps the name ours, close it last; -1: the name is random. */
char *identity_take(const char *scope, int *ret_fd);

#endif
