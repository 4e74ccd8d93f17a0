/* Calibrates the macros; then, when there is a network image, runs it as infer does. */
#include "runtime/calibrate.h"

#include "hal/core.h"
#include "hal/finisher.h"
#include "hal/perf.h"
#include "hal/sysctl.h"
#include "hal/uart.h"
#include "leyden/image.h"
#include "runtime/runtime.h"

extern char __heap_start[], __heap_end[];

int main(void) {
  const struct runtime_arena arena = {__heap_start, (uint32_t)(__heap_end - __heap_start)};
  struct calibrate_summary summary;
  perf_layer_begin(LEYDEN_LAYER_CALIBRATION);
  const enum leyden_failure failure = calibrate_all(arena, &summary);
  perf_layer_end(LEYDEN_LAYER_CALIBRATION);
  if (failure == LEYDEN_FAIL_CALIBRATE) {
    uart_print(
        "calibrate: the macros of this chip cannot be calibrated: it takes weights in two's "
        "complement, analog combining and a converter of 3 bits or more\n");
  } else if (failure != LEYDEN_FAIL_NONE) {
    uart_print("calibrate: a unit stopped with an error\n");
  }
  if (failure != LEYDEN_FAIL_NONE) finisher_fail((uint32_t)failure);
  calibrate_print(&summary);
  if (sysctl_image_address() == 0) return 0;
  core_enable_sources(CORE_IRQ_EXTERNAL); /* mstatus.MIE stays 0: they wake, nothing more */
  runtime_run(arena);
}
