/* UART (16550): text out, bytes in. No heap, no formatting library. */
#ifndef LEYDEN_HAL_UART_H
#define LEYDEN_HAL_UART_H

#include <stdint.h>

void uart_put(char character); /* waits for room in the transmitter */
void uart_print(const char* text);
void uart_print_length(const char* text, uint32_t length);
void uart_print_hex(uint32_t value); /* 0x and eight digits */
void uart_print_decimal(uint32_t value);
int uart_get(void); /* the next received byte, or -1 when there is none */

#endif
