import { debit } from "../functions/debit.js";
import { runFunction } from "./wiring/run-function.js";

runFunction(debit);
