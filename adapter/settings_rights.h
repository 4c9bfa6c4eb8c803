/* What the options say that agents have to limit the rights of containers. */
#ifndef ADAPTER_SETTINGS_RIGHTS_H
#define ADAPTER_SETTINGS_RIGHTS_H

#include "adapter/settings.h"

/* From the options to s->translate.rights, which borrows from them. -1: one of them is wrong, or they do not go
 * together; the sentence names the option. */
int settings_read_rights(struct settings *s, struct err *e);

#endif
