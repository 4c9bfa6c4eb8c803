/* JSON as the API server sends it, parsed without metadata.managedFields.
 *
 * Those say who wrote which field; nobody here reads them, and they are more than half of a pod's text and most of its
 * tree. Members `"managedFields":[...]` are cut out of compact text before it is parsed; with blanks in between, as in
 * pretty text, they are only parsed in vain. Whether what is cut out is well-formed is not looked at. Pure.
 */
#ifndef KUBE_PARSE_H
#define KUBE_PARSE_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

/* As js_parse; columns in errors are those of what is left. */
json_t *kube_parse(const char *text, size_t n, struct err *e);

#endif
