function rooflineSection() {}
