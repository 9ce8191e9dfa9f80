"""The ground floor: tensors, operations, and the tape that differentiates what they did."""
