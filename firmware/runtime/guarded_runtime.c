/* The runtime with the measures of runtime/guard.h; takes the place of the plain one. */
#define LEYDEN_GUARDED 1
#include "runtime/runtime.c"
