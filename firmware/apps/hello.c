/* The smallest program: a line on the UART, then pass. */
#include "hal/uart.h"

int main(void) {
  uart_print("hello from the chip\n");
  return 0;
}
