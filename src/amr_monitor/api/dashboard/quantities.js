// @ts-check
// Written by docs/generate_protocol.py from model/context.py: do not edit.

export const QUANTITIES = [
  { name: "BIS", kind: "depth", unit: "", meaning: "bispectral index", words: false },
  { name: "PSI", kind: "depth", unit: "", meaning: "patient state index", words: false },
  { name: "MAC", kind: "anaesthetic", unit: "", meaning: "volatile anaesthetic, in multiples of its minimum alveolar concentration", words: false },
  { name: "sevoflurane", kind: "anaesthetic", unit: "%", meaning: "end-tidal sevoflurane", words: false },
  { name: "desflurane", kind: "anaesthetic", unit: "%", meaning: "end-tidal desflurane", words: false },
  { name: "isoflurane", kind: "anaesthetic", unit: "%", meaning: "end-tidal isoflurane", words: false },
  { name: "propofol", kind: "anaesthetic", unit: "ug/mL", meaning: "propofol, concentration at the site of effect", words: false },
  { name: "propofol_rate", kind: "anaesthetic", unit: "mg/kg/h", meaning: "propofol, rate of infusion", words: false },
  { name: "remifentanil", kind: "analgesic", unit: "ng/mL", meaning: "remifentanil, concentration at the site of effect", words: false },
  { name: "anaesthesia", kind: "anaesthetic", unit: "", meaning: "what the anaesthetist says, in words", words: true },
  { name: "TOF_count", kind: "relaxation", unit: "", meaning: "train of four, number of responses", words: false },
  { name: "TOF_ratio", kind: "relaxation", unit: "%", meaning: "train of four, fourth response over the first", words: false },
  { name: "relaxant", kind: "relaxation", unit: "mg", meaning: "dose of muscle relaxant given now; 0: none acts any more", words: false },
  { name: "temperature", kind: "body", unit: "degC", meaning: "of the body", words: false },
  { name: "current", kind: "stimulation", unit: "mA", meaning: "of the stimulator from now on, where no stimulus carries its own", words: false },
];
