/* Standard streams of picolibc on the UART: linked only into programs that use <stdio.h>. */
#include <stdio.h>

#include "boot/trap.h"
#include "hal/uart.h"

static int put(char character, FILE* file) {
  (void)file;
  uart_put(character);
  return (unsigned char)character;
}

static int get(FILE* file) {
  (void)file;
  int character;
  while ((character = uart_get()) < 0) {
  }
  return character;
}

static FILE console = FDEV_SETUP_STREAM(put, get, NULL, _FDEV_SETUP_RW);
FILE* const stdin = &console;
FILE* const stdout = &console;
FILE* const stderr = &console;
