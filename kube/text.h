/* Text from anywhere as a JSON string: cut at a character, never at half of one, and always valid UTF-8. */
#ifndef KUBE_TEXT_H
#define KUBE_TEXT_H

#include <jansson.h>
#include <stddef.h>

/* At most max bytes; bytes that are no UTF-8 become '?'. A new reference; JSON null for NULL. */
json_t *kube_text(const char *s, size_t max);

/* Set a member unless s is NULL. */
void kube_put_text(json_t *object, const char *key, const char *s, size_t max);

#endif
