/* The table of a pod's fields as a Markdown page: docs/pod-fields.md. */
#ifndef TESTS_UNIT_KUBE_POD_FIELDS_PRINT_H
#define TESTS_UNIT_KUBE_POD_FIELDS_PRINT_H

#include <stdio.h>

void pod_fields_print(FILE *out);

#endif
