// Reads the $readmemh files of one CIM job as a test bench would: gathers the im2col rows out of
// the input region by the job registers, compares them with the recorded rows, and writes every
// memory back with $writememh. Sizes are parameters; the manifest has them.
module job_vectors_tb #(
    parameter int LMEM_BEATS = 1,     // indices of input.hex and output.hex
    parameter int WEIGHT_BEATS = 1,   // of weights.hex
    parameter int POSITIONS = 1,      // words of im2col.hex
    parameter int ROW_BYTES = 1       // bytes of an im2col row
);
  localparam logic [31:0] LmemBase = 32'h2000_0000;

  logic [31:0] words[12];
  logic [127:0] lmem_in[LMEM_BEATS];
  logic [15:0] lmem_in_strobes[LMEM_BEATS];
  logic [127:0] lmem_out[LMEM_BEATS];
  logic [127:0] weights[WEIGHT_BEATS];
  logic [8*ROW_BYTES-1:0] rows[POSITIONS];
  string folder;
  int wrong = 0;

  function automatic logic [7:0] lmem_byte(input logic [31:0] address);
    logic [31:0] offset;
    offset = address - LmemBase;
    return lmem_in[offset/16][8*(offset%16)+:8];
  endfunction

  function automatic logic strobe(input logic [31:0] address);
    logic [31:0] offset;
    offset = address - LmemBase;
    return lmem_in_strobes[offset/16][offset%16];
  endfunction

  // Element `element` of the window of output position `position`, by the fields of
  // configs/registers/cim.yaml.
  function automatic logic [7:0] element_of(input int position, input int element);
    int channels, kernel_width, out_width, index, channel, ky, kx, iy, ix, in_bits;
    logic [31:0] address;
    logic [7:0] mask;
    channels = int'(words[2][15:0]);
    kernel_width = int'(words[3][7:0]);
    out_width = int'(words[7][15:0]);
    in_bits = int'(words[10][3:0]);
    index = int'(words[5][15:0]) + element;
    channel = index % channels;
    kx = index / channels % kernel_width;
    ky = index / channels / kernel_width;
    iy = position / out_width * int'(words[3][31:24]) + ky * (int'(words[4][31:28]) + 1)
        - int'(words[4][15:8]);
    ix = position % out_width * int'(words[3][23:16]) + kx * (int'(words[4][27:24]) + 1)
        - int'(words[4][7:0]);
    mask = 8'((1 << in_bits) - 1);
    if (iy < 0 || ix < 0 || iy >= int'(words[1][31:16]) || ix >= int'(words[1][15:0])) begin
      return words[4][23:16] & mask;
    end
    address = words[0] + (32'(iy) * 32'(words[1][15:0]) + 32'(ix)) * 32'(words[2][31:16])
        + 32'(channel);
    if (!strobe(address)) begin
      $display("the input has no byte at %h", address);
      wrong++;
    end
    return lmem_byte(address) & mask;
  endfunction

  initial begin
    if ($value$plusargs("folder=%s", folder) == 0) $fatal(1, "give +folder=");
    for (int i = 0; i < LMEM_BEATS; i++) lmem_in_strobes[i] = 0;
    $readmemh({folder, "/words.hex"}, words);
    $readmemh({folder, "/input.hex"}, lmem_in);
    $readmemh({folder, "/input.strobes.hex"}, lmem_in_strobes);
    $readmemh({folder, "/output.hex"}, lmem_out);
    $readmemh({folder, "/weights.hex"}, weights);
    $readmemh({folder, "/im2col.hex"}, rows);
    for (int m = 0; m < POSITIONS; m++) begin
      for (int i = 0; i < ROW_BYTES; i++) begin
        if (element_of(m, i) !== rows[m][8*i+:8]) begin
          if (wrong < 10) begin
            $display("position %0d, element %0d: expected %h, found %h", m, i, rows[m][8*i+:8],
                     element_of(m, i));
          end
          wrong++;
        end
      end
    end
    $writememh({folder, "/back_words.hex"}, words);
    $writememh({folder, "/back_input.hex"}, lmem_in);
    $writememh({folder, "/back_output.hex"}, lmem_out);
    $writememh({folder, "/back_weights.hex"}, weights);
    if (wrong == 0) $display("PASS %0d elements", POSITIONS * ROW_BYTES);
    else $display("FAIL %0d", wrong);
    $finish;
  end
endmodule
