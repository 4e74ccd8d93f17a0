#include "hal/uart.h"

#include "leyden/mmio.h"
#include "leyden/registers.h"

#define LSR_DATA_READY 0x01u
#define LSR_TRANSMIT_EMPTY 0x20u

void uart_put(char character) {
  while (!(mmio_read8(LEYDEN_UART_BASE + LEYDEN_UART_LSR) & LSR_TRANSMIT_EMPTY)) {
  }
  mmio_write8(LEYDEN_UART_BASE + LEYDEN_UART_DATA, (uint8_t)character);
}

void uart_print(const char* text) {
  while (*text) uart_put(*text++);
}

void uart_print_length(const char* text, uint32_t length) {
  while (length--) uart_put(*text++);
}

void uart_print_hex(uint32_t value) {
  uart_print("0x");
  for (int shift = 28; shift >= 0; shift -= 4) uart_put("0123456789abcdef"[value >> shift & 15]);
}

void uart_print_decimal(uint32_t value) {
  char digits[10];
  int count = 0;
  do {
    digits[count++] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  while (count) uart_put(digits[--count]);
}

int uart_get(void) {
  if (!(mmio_read8(LEYDEN_UART_BASE + LEYDEN_UART_LSR) & LSR_DATA_READY)) return -1;
  return mmio_read8(LEYDEN_UART_BASE + LEYDEN_UART_DATA);
}
