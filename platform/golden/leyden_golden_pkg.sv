// libleyden_golden for SystemVerilog: the functions of leyden_golden.h, which describes them, under
// their own names; constants, transfers of arrays, and a scoreboard. docs/golden.md has an example.
// Nobody uses all of it: Verilator need not tell.
// verilator lint_off UNUSEDPARAM
// verilator lint_off UNUSEDSIGNAL
// verilator lint_off DECLFILENAME
package leyden_golden_pkg;

  // Version of this package and of the header it belongs to; give it to leyden_golden_check().
  localparam int unsigned VERSION = 32'h0001_0000;

  localparam int unsigned CIM_JOB_WORDS = 12;
  localparam int unsigned VECTOR_JOB_WORDS = 15;

  // leyden_status
  localparam int LEYDEN_OK = 0;
  localparam int LEYDEN_NULL_POINTER = 1;
  localparam int LEYDEN_BAD_HANDLE = 2;
  localparam int LEYDEN_BAD_VALUE = 3;
  localparam int LEYDEN_BAD_CHIP = 4;
  localparam int LEYDEN_OUTSIDE = 5;
  localparam int LEYDEN_REFUSED = 6;
  localparam int LEYDEN_BAD_VERSION = 7;
  localparam int LEYDEN_NO_MEMORY = 8;
  localparam int LEYDEN_MODEL = 9;
  localparam int LEYDEN_UNSUPPORTED = 10;
  localparam int LEYDEN_INTERNAL = 11;

  // Fidelity
  localparam int LEYDEN_IDEAL = 0;
  localparam int LEYDEN_QUANTISED = 1;
  localparam int LEYDEN_ANALOG = 2;

  // What leyden_cim_timing() tells
  localparam int LEYDEN_TIMING_CYCLES = 0;
  localparam int LEYDEN_TIMING_FEED_END = 1;
  localparam int LEYDEN_TIMING_READ_BEATS = 2;
  localparam int LEYDEN_TIMING_WRITE_BEATS = 3;
  localparam int LEYDEN_TIMING_FEED_BYTES = 4;
  localparam int LEYDEN_TIMING_MVM_CYCLES = 5;
  localparam int LEYDEN_TIMING_CONVERT_CYCLES = 6;

  // Version and errors
  import "DPI-C" function int unsigned leyden_golden_version();
  import "DPI-C" function int leyden_golden_check(input int unsigned header_version);
  import "DPI-C" function string leyden_last_error();
  import "DPI-C" function string leyden_status_name(input int status);

  // Chip
  import "DPI-C" function int leyden_open(input string path, input string overrides,
                                          input int fidelity, input int unsigned die,
                                          output chandle chip);
  import "DPI-C" function int leyden_open_text(input string text, input string overrides,
                                               input int fidelity, input int unsigned die,
                                               output chandle chip);
  import "DPI-C" function int leyden_close(input chandle chip);
  import "DPI-C" function int leyden_parameter(input chandle chip, input string key,
                                               output real value);
  import "DPI-C" function int leyden_set_draws(input chandle chip, input int unsigned die,
                                               input int unsigned image,
                                               input int unsigned layer_number);

  // Memories
  import "DPI-C" function int leyden_weights_put(input chandle chip, input int unsigned macro_number,
                                                 input int unsigned offset,
                                                 input int unsigned word);
  import "DPI-C" function int leyden_weights_get(input chandle chip, input int unsigned macro_number,
                                                 input int unsigned offset,
                                                 output int unsigned word);
  import "DPI-C" function int leyden_weights_power_off(input chandle chip,
                                                       input int unsigned macro_number);
  import "DPI-C" function int leyden_lmem_put(input chandle chip, input int unsigned address,
                                              input byte unsigned value);
  import "DPI-C" function int leyden_lmem_get(input chandle chip, input int unsigned address,
                                              output byte unsigned value);

  // CIM jobs
  import "DPI-C" function int leyden_cim_check(input chandle chip, input int unsigned macro_number,
                                               input int unsigned words[CIM_JOB_WORDS],
                                               output int unsigned error_code);
  import "DPI-C" function int leyden_cim_run(input chandle chip, input int unsigned macro_number,
                                             input int unsigned words[CIM_JOB_WORDS],
                                             output int unsigned error_code,
                                             output longint unsigned cycles);
  import "DPI-C" function int leyden_cim_timing(input chandle chip, input int unsigned macro_number,
                                                input int unsigned words[CIM_JOB_WORDS],
                                                input int what, output longint unsigned value);

  // Stages of a job
  import "DPI-C" function int leyden_feeder_element(input chandle chip,
                                                    input int unsigned macro_number,
                                                    input int unsigned words[CIM_JOB_WORDS],
                                                    input int unsigned position,
                                                    input int unsigned element,
                                                    output byte unsigned value);
  import "DPI-C" function int leyden_feeder_beats(input chandle chip,
                                                  input int unsigned macro_number,
                                                  input int unsigned words[CIM_JOB_WORDS],
                                                  input int unsigned position,
                                                  output longint unsigned beats);
  import "DPI-C" function int leyden_cim_code(input chandle chip, input int unsigned macro_number,
                                              input int unsigned words[CIM_JOB_WORDS],
                                              input int unsigned output_number,
                                              input real dot_product, output int code);
  import "DPI-C" function int leyden_converter_code(input chandle chip,
                                                    input int unsigned macro_number,
                                                    input int unsigned column,
                                                    input int unsigned bits, input real level,
                                                    output int unsigned code);

  // Arithmetic that needs no chip
  import "DPI-C" function int leyden_abn(input int unsigned abn_word, input longint dot_product,
                                         input int unsigned line_rows, input int unsigned in_bits,
                                         input int unsigned weight_bits,
                                         input int unsigned out_bits,
                                         input int unsigned range_shift,
                                         input int unsigned partial_sum, output int code);
  import "DPI-C" function int leyden_requantise(input int value, input int multiplier,
                                                input int offset, input int unsigned shift,
                                                input int unsigned low, input int unsigned high,
                                                output byte unsigned code);

  // Vector unit
  import "DPI-C" function int leyden_vector_check(input chandle chip,
                                                  input int unsigned words[VECTOR_JOB_WORDS],
                                                  output int unsigned error_code);
  import "DPI-C" function int leyden_vector_run(input chandle chip,
                                                input int unsigned words[VECTOR_JOB_WORDS],
                                                output int unsigned error_code,
                                                output longint unsigned cycles);

  // "" for LEYDEN_OK, else a line to print.
  function automatic string why(input int status);
    if (status == LEYDEN_OK) return "";
    return {leyden_status_name(status), ": ", leyden_last_error()};
  endfunction

  // Writes bytes to LMEM, first element first.
  function automatic int lmem_write(input chandle chip, input int unsigned address,
                                    input byte unsigned data[]);
    for (int i = 0; i < data.size(); i++) begin
      int status = leyden_lmem_put(chip, address + i, data[i]);
      if (status != LEYDEN_OK) return status;
    end
    return LEYDEN_OK;
  endfunction

  // Writes words to the weight window, `offset` a multiple of 4.
  function automatic int weights_write(input chandle chip, input int unsigned macro_number,
                                       input int unsigned offset, input int unsigned data[]);
    for (int i = 0; i < data.size(); i++) begin
      int status = leyden_weights_put(chip, macro_number, offset + 4 * i, data[i]);
      if (status != LEYDEN_OK) return status;
    end
    return LEYDEN_OK;
  endfunction

  // Compares what a device gives with what is expected and remembers the first difference.
  class Scoreboard;
    string name;
    longint unsigned compared;
    longint unsigned differences;
    longint unsigned first_item;
    longint first_expected;
    longint first_found;
    string failure;  // of the golden library, "" when there was none

    function new(string name_of_device);
      name = name_of_device;
      compared = 0;
      differences = 0;
      first_item = 0;
      first_expected = 0;
      first_found = 0;
      failure = "";
    endfunction

    // @return 1 when both are equal
    function bit compare(longint unsigned item, longint expected, longint found);
      compared++;
      if (expected == found) return 1;
      if (differences == 0) begin
        first_item = item;
        first_expected = expected;
        first_found = found;
      end
      differences++;
      return 0;
    endfunction

    // Keeps the first failure of a call of the library. @return 1 when there is none
    function bit called(int status);
      if (status == LEYDEN_OK) return 1;
      if (failure == "") failure = why(status);
      return 0;
    endfunction

    function bit good();
      return differences == 0 && failure == "" && compared != 0;
    endfunction

    // One line on what came out.
    function string sentence();
      if (failure != "") return {name, ": the golden library failed, ", failure};
      if (compared == 0) return {name, ": nothing was compared."};
      if (differences == 0) return $sformatf("%s: %0d items, all as expected.", name, compared);
      return $sformatf("%s: item %0d: expected %0d (0x%0h), found %0d (0x%0h); the first of %0d differences in %0d items.",
                       name, first_item, first_expected, first_expected, first_found, first_found,
                       differences, compared);
    endfunction
  endclass

endpackage
// verilator lint_on DECLFILENAME
// verilator lint_on UNUSEDSIGNAL
// verilator lint_on UNUSEDPARAM
