/* The table of all options of this daemon; each row's offset is into struct settings. */
#ifndef ADAPTER_SETTINGS_TABLE_H
#define ADAPTER_SETTINGS_TABLE_H

#include "base/options.h"

extern const struct options settings_table;

#endif
