import { debit } from "../functions/debit.js";
import { runFunction } from "./run-function.js";

runFunction(debit);
