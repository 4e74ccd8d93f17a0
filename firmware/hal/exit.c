/* What exit() of picolibc ends in. */
#include "boot/trap.h"

_Noreturn void _exit(int code);

_Noreturn void _exit(int code) { program_end(code); }
