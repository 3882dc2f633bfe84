import { refund } from "../functions/refund.js";
import { runFunction } from "./run-function.js";

runFunction(refund);
