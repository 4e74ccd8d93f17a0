/* CIM unit: geometry, weight window, jobs. */
#ifndef LEYDEN_HAL_CIM_H
#define LEYDEN_HAL_CIM_H

#include <stdint.h>

uint32_t cim_rows(uint32_t macro);
uint32_t cim_columns(uint32_t macro);
uint32_t cim_rows_per_unit(uint32_t macro);
uint32_t cim_abn_entries(uint32_t macro);

/* Writes 32 cells: bit c of `cells` is column first_column + c (a multiple of 32) of `row`. */
void cim_write_cells(uint32_t macro, uint32_t row, uint32_t first_column, uint32_t cells);

/* Writes an entry of the ABN table. @param gamma 8 fraction bits, above 0; beta 4 fraction bits */
void cim_write_abn(uint32_t macro, uint32_t entry, uint16_t gamma, int16_t beta);

/* Trim register of a column: gain in [15:0] (15 fraction bits), offset in [31:16] (LSB/16). */
#define CIM_TRIM_RESET 0x8000u
uint32_t cim_trim(uint32_t macro, uint32_t column);
void cim_write_trim(uint32_t macro, uint32_t column, uint32_t word);

/* Repair table: how many spare columns there are, and which column a spare stands for. What the
 * columns concerned hold is lost. @param word CIM_REPAIR_VALID | column, or 0: it stands nowhere */
#define CIM_REPAIR_VALID 0x80000000u
uint32_t cim_spares(uint32_t macro);
uint32_t cim_repair(uint32_t macro, uint32_t spare);
void cim_write_repair(uint32_t macro, uint32_t spare, uint32_t word);

/* The job registers, in their order; docs/registers/cim.md tells each. */
struct cim_job {
  uint32_t in_address;
  uint32_t in_size; /* width in [15:0], height in [31:16] */
  uint32_t in_channels;
  uint32_t kernel;
  uint32_t pad;
  uint32_t window;
  uint32_t out_address;
  uint32_t out_size;
  uint32_t out_channels;
  uint32_t place;
  uint32_t precision;
  uint32_t tag;
};

/* Runs to its end, without interrupts. @return 0, or the unit's ERROR_CODE */
uint32_t cim_run(uint32_t macro, const struct cim_job* job);

#endif
