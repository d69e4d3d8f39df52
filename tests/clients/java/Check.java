import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks a check: a static method that takes the {@link Servers} and passes if it returns. Its name is the check's. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Check {
    /** Whether it needs the server that clients may write to. */
    boolean writes() default false;
}
