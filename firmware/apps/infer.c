/* Inference: runs the network image on the inputs of the mailbox. */
#include "hal/core.h"
#include "runtime/runtime.h"

extern char __heap_start[], __heap_end[];

int main(void) {
  core_enable_sources(CORE_IRQ_EXTERNAL); /* mstatus.MIE stays 0: they wake, nothing more */
  const struct runtime_arena arena = {__heap_start, (uint32_t)(__heap_end - __heap_start)};
  runtime_run(arena);
}
