/** Examines tenants, one class for each kind of fault. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.control.doctor;
