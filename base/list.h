/* Intrusive doubly linked lists: the link stands inside the element, the head is a link of its own. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *prev, *next;
};

static inline void list_init(struct list *head)
{
	head->prev = head->next = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

/* True for an element that list_remove or list_init left alone. */
static inline bool list_linked(const struct list *link)
{
	return link->next && link->next != link;
}

static inline void list_push(struct list *head, struct list *link)
{
	link->prev = head->prev;
	link->next = head;
	head->prev->next = link;
	head->prev = link;
}

/* Harmless for an element that is in no list and was zeroed or initialised. */
static inline void list_remove(struct list *link)
{
	if (link->next) {
		link->prev->next = link->next;
		link->next->prev = link->prev;
	}
	list_init(link);
}

#define LIST_ENTRY(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* The current element may be removed inside the loop. */
#define LIST_EACH(head, var)                                                                                           \
	for (struct list *var = (head)->next, *var##_next = var->next; var != (head);                                  \
	     var = var##_next, var##_next = var->next)

#endif
