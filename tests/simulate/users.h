/* People who create pods of many shapes, give them other images and delete them, at any time. */
#ifndef SIMULATE_USERS_H
#define SIMULATE_USERS_H

#include <stdbool.h>

struct sim;
struct users;

/* They begin at once, and do what they like until users_rest. */
struct users *users_new(struct sim *sim);
/* No more pods; what is there stays. */
void users_rest(struct users *users);
void users_free(struct users *users);

/* One pod, chosen at random, is deleted, maybe by force, and maybe comes again at once. */
void users_delete(struct users *users);

#endif
