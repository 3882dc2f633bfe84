import { refund } from "../functions/refund.js";
import { runFunction } from "./wiring/run-function.js";

runFunction(refund);
