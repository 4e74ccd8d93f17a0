// Every import of leyden_golden_pkg once, from SystemVerilog. Prints what comes out, a line each;
// golden_dpi_test.py knows what it must be. +chip=FILE
module golden_dpi;
  import leyden_golden_pkg::*;

  chandle chip;
  string file;
  int unsigned job[CIM_JOB_WORDS];
  int unsigned operation[VECTOR_JOB_WORDS];

  // Ends the run when a call fails.
  function automatic void must(input int status);
    if (status != LEYDEN_OK) $fatal(1, "%s", why(status));
  endfunction

  function automatic void show(input string what, input longint value);
    $display("%s %0d", what, value);
  endfunction

  // 2 x 1 pixels of 3 channels, 1 x 1 kernel, two outputs of 4-bit weights, full gain, mid-scale.
  function automatic void describe();
    job[0] = 32'h2000_0000;
    job[1] = 2 | 1 << 16;
    job[2] = 3 | 3 << 16;
    job[3] = 32'h0101_0101;
    job[4] = 0;
    job[5] = 3 << 16;
    job[6] = 32'h2000_0100;
    job[7] = 2 | 1 << 16;
    job[8] = 2 | 2 << 16;
    job[9] = 1 << 8;
    job[10] = 8 | 4 << 4 | 8 << 8;
    job[11] = 0;
    operation[0] = 2;  // add: a + 2 b + 1
    operation[1] = 32'h2000_0000;
    operation[2] = 32'h2000_0003;
    operation[3] = 32'h2000_0200;
    operation[4] = 32'h0001_0001;
    operation[5] = 1 | 1 << 16;
    operation[6] = 3 | 1 << 16;
    operation[7] = 32'h0101_0101;
    operation[8] = 0;
    operation[9] = 32'h2000_0000;
    operation[10] = 1;
    operation[11] = 2;
    operation[12] = 1;
    operation[13] = 255 << 16;
    operation[14] = 0;
  endfunction

  initial begin
    byte unsigned pixels[];
    int unsigned row[];
    int unsigned word;
    int unsigned error_code;
    int unsigned converted;
    longint unsigned count;
    byte unsigned value;
    int code;
    real number;
    chandle other;

    void'($value$plusargs("chip=%s", file));
    must(leyden_golden_check(VERSION));
    show("version", 64'(leyden_golden_version()));
    must(leyden_open(file, "cim.rows=36 cim.columns=64 cim.rows_per_unit=4", LEYDEN_QUANTISED, 0,
                     chip));
    must(leyden_parameter(chip, "cim.rows", number));
    show("rows", longint'(number));
    must(leyden_set_draws(chip, 1, 2, 3));

    pixels = new[6];
    foreach (pixels[i]) pixels[i] = 8'(40 * i + 5);
    must(lmem_write(chip, 32'h2000_0000, pixels));
    row = new[2];
    for (int i = 0; i < 3; i++) begin
      row[0] = i == 1 ? 32'h0000_00f7 : 32'h0000_0083;  // weights 7, -1 and 3, -8
      row[1] = 0;
      must(weights_write(chip, 0, 8 * i, row));
    end
    describe();
    must(leyden_cim_check(chip, 0, job, error_code));
    show("before the table", 64'(error_code));
    row[0] = 256 | 128 << 20;
    row[1] = 512 | 128 << 20;
    must(weights_write(chip, 0, 32'h8_0000, row));
    must(leyden_weights_get(chip, 0, 32'h8_0004, word));
    show("entry", 64'(word));

    must(leyden_cim_run(chip, 0, job, error_code, count));
    show("error", 64'(error_code));
    show("cycles", count);
    for (int i = 0; i < 4; i++) begin
      must(leyden_lmem_get(chip, 32'h2000_0100 + i, value));
      show("code", 64'(value));
    end
    must(leyden_cim_timing(chip, 0, job, LEYDEN_TIMING_CYCLES, count));
    show("cycles", count);
    must(leyden_feeder_element(chip, 0, job, 1, 2, value));
    show("element", 64'(value));
    must(leyden_feeder_beats(chip, 0, job, 1, count));
    show("beats", count);
    must(leyden_cim_code(chip, 0, job, 1, -300.0, code));
    show("output code", longint'(code));
    must(leyden_converter_code(chip, 0, 7, 8, 99.75, converted));
    show("converter", 64'(converted));
    must(leyden_abn(256 | 128 << 20, -64'd4096, 36, 8, 4, 8, 0, 0, code));
    show("abn", longint'(code));
    must(leyden_requantise(-1000, 3, 7, 4, 0, 255, value));
    show("requantised", 64'(value));
    must(leyden_requantise(1000, 3, 7, 4, 0, 255, value));
    show("requantised", 64'(value));
    must(leyden_vector_check(chip, operation, error_code));
    must(leyden_vector_run(chip, operation, error_code, count));
    for (int i = 0; i < 3; i++) begin
      must(leyden_lmem_get(chip, 32'h2000_0200 + i, value));
      show("sum", 64'(value));
    end
    must(leyden_weights_power_off(chip, 0));
    code = leyden_cim_run(chip, 0, job, error_code, count);
    $display("%s", why(code));
    code = leyden_open_text("no chip", "", LEYDEN_IDEAL, 0, other);
    show("status", longint'(code));
    must(leyden_close(chip));
    $display("%s", why(leyden_lmem_put(chip, 32'h2000_0000, 0)));
    $display("end");
    $finish;
  end
endmodule
