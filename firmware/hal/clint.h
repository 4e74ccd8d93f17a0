/* Core-local interruptor: time, timer interrupt, software interrupt. */
#ifndef LEYDEN_HAL_CLINT_H
#define LEYDEN_HAL_CLINT_H

#include <stdint.h>

uint64_t clint_time(void);
void clint_set_timer(uint64_t time); /* interrupt while clint_time() >= time */
void clint_stop_timer(void);
void clint_set_software_interrupt(int raised);

#endif
